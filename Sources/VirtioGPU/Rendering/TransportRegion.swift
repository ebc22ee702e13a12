internal import LinuxIO
internal import Virtio

/// The host-visible region of a device that a transport serves: its shared memory region.
final class TransportRegion: HostVisibleRegion {
  // The transport keeps the device, which keeps the region.
  private weak var transport: (any SharedMemoryMapper)?

  init(_ transport: any SharedMemoryMapper) {
    self.transport = transport
  }

  var count: UInt64 { transport?.sharedMemoryCount(ofRegion: Device.hostVisibleRegionID) ?? 0 }

  func map(
    _ file: Descriptor, from start: UInt64, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    guard let transport else { return completion(false) }
    transport.map(
      file, fileOffset: start, count: count, ofRegion: Device.hostVisibleRegionID, at: offset, isWritable: true,
      completion: completion)
  }

  func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    guard let transport else { return completion(true) }
    transport.unmap(count: count, ofRegion: Device.hostVisibleRegionID, at: offset, completion: completion)
  }
}

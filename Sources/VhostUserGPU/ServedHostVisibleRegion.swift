public import LinuxIO
public import VhostUser
public import VirtioGPU

/// The host-visible region of a device behind a vhost-user socket: shared memory region 1, in which the front end of the
/// session shows files when it is asked to.
///
/// Everything runs on the thread of the server's event loop.
public final class ServedHostVisibleRegion: HostVisibleRegion {
  /// The number of the region (specification: `VIRTIO_GPU_SHM_ID_HOST_VISIBLE`).
  static let id: UInt8 = 1

  /// Its length in bytes for guests whose front end knows shared memory regions, a multiple of the page size.
  public let capacity: UInt64
  // The server keeps the device, which may keep the region.
  private weak var server: Server?

  /// A region of `capacity` bytes, in the sessions of `server`.
  public init(capacity: UInt64, server: Server) {
    self.capacity = capacity
    self.server = server
  }

  /// ``capacity``; 0 without a session, and for a front end that does not know shared memory regions.
  public var count: UInt64 { server?.sharedMemoryCount(ofRegion: Self.id) ?? 0 }

  /// Asks the front end to show a file.
  public func map(
    _ file: Descriptor, from start: UInt64, count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    guard let server else { return completion(false) }
    server.map(file, fileOffset: start, count: count, ofRegion: Self.id, at: offset, completion: completion)
  }

  /// Asks the front end to take it out. When the device is reset and when a session ends the front end has done so
  /// by itself.
  public func unmap(count: UInt64, at offset: UInt64, completion: @escaping (Bool) -> Void) {
    guard let server else { return completion(true) }
    server.unmap(count: count, ofRegion: Self.id, at: offset, completion: completion)
  }
}

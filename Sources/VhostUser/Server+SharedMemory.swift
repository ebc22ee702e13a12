public import LinuxIO
public import Virtio

/// The shared memory regions of the guest of the present session.
extension Server: SharedMemoryMapper {
  /// The length in bytes of one of the device's shared memory regions, as this session's guest sees it: 0 when there is no
  /// session, or when its front end does not know shared memory regions.
  public func sharedMemoryCount(ofRegion regionID: UInt8) -> UInt64 {
    session?.sharedMemoryCount(ofRegion: regionID) ?? 0
  }

  /// Has the front end show `count` bytes of a file, from `fileOffset`, at `offset` of a region.
  ///
  /// `completion` is called on the same thread: with true when the front end has shown them; with false when it refused,
  /// when the request could not be sent, and when the device was reset or the session ended before there was a reply. A
  /// front end that gives no replies (without ``ProtocolFeatures/replyAck``) is believed to have done what was sent. There is
  /// no time limit: a front end that never replies delays its own guest. Requests are carried out in their order. While no
  /// ring runs they wait.
  public func map(
    _ file: Descriptor, fileOffset: UInt64 = 0, count: UInt64, ofRegion regionID: UInt8, at offset: UInt64,
    isWritable: Bool = true, completion: @escaping (Bool) -> Void
  ) {
    guard let session else { return completion(false) }
    let mapping = MMapRequest(
      regionID: regionID, fileOffset: fileOffset, offset: offset, count: count, isWritable: isWritable)
    session.map(file, mapping, completion: completion)
  }

  /// Unmaps a range that was mapped with exactly this offset and length. When the device is reset or the session ends,
  /// the front end unmaps everything by itself, and `completion` is called at once with true.
  public func unmap(
    count: UInt64, ofRegion regionID: UInt8, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    guard let session else { return completion(true) }
    session.unmap(
      MMapRequest(regionID: regionID, offset: offset, count: count, isWritable: false), completion: completion)
  }
}

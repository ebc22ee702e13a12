public import LinuxIO

/// Mapper of files into the shared memory regions of a device. A transport is one for the device that it serves.
///
/// Called on the transport's thread. Offsets and lengths are in bytes, multiples of the page size. A range that is not
/// inside its region is refused.
public protocol SharedMemoryMapper: AnyObject {
  /// The length of a region for the present guest; 0: this guest has none.
  func sharedMemoryCount(ofRegion regionID: UInt8) -> UInt64

  /// Shows `count` bytes of a file, from `fileOffset`, at `offset` of a region. The caller may close the file when this
  /// returns.
  ///
  /// `completion` is called once, at once or later: true when the guest sees the bytes now.
  func map(
    _ file: Descriptor, fileOffset: UInt64, count: UInt64, ofRegion regionID: UInt8, at offset: UInt64,
    isWritable: Bool, completion: @escaping (Bool) -> Void)

  /// Unmaps a range that was mapped with exactly this offset and length. `completion` is called once, at once or later:
  /// true when the guest does not see the bytes any more.
  func unmap(count: UInt64, ofRegion regionID: UInt8, at offset: UInt64, completion: @escaping (Bool) -> Void)
}

extension SharedMemoryMapper {
  /// Shows bytes of a file, from its start, for reading and writing.
  public func map(
    _ file: Descriptor, count: UInt64, ofRegion regionID: UInt8, at offset: UInt64,
    completion: @escaping (Bool) -> Void
  ) {
    map(
      file, fileOffset: 0, count: count, ofRegion: regionID, at: offset, isWritable: true, completion: completion)
  }
}

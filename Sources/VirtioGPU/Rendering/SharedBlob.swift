public import LinuxIO

/// The file of a blob, for the front end and display sinks to map.
public struct SharedBlob: Sendable {
  /// The file that contains the bytes of the blob.
  public let file: Descriptor
  /// Offset of the first byte in the file, a multiple of the page size.
  public let start: UInt64
  /// Number of bytes.
  public let count: UInt64
  /// Cache mode with which the guest has to map them.
  public let caching: MapCaching

  /// `count` bytes of a file, from `start`.
  public init(file: Descriptor, start: UInt64 = 0, count: UInt64, caching: MapCaching) {
    self.file = file
    self.start = start
    self.count = count
    self.caching = caching
  }
}

/// Cache mode of a mapping (specification: `VIRTIO_GPU_MAP_CACHE_…`).
public enum MapCaching: UInt32, Sendable {
  /// No cache mode is stated (`MAP_CACHE_NONE`).
  case none
  /// Cached.
  case cached
  /// Uncached.
  case uncached
  /// Write-combining.
  case writeCombining
}

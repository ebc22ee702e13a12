public import LinuxIO

/// The bytes of a blob, to be mapped by others.
public struct SharedBlob: Sendable {
  /// The file, which begins with them.
  public let file: Descriptor
  /// How many bytes there are.
  public let count: UInt64
  /// How a guest has to map them.
  public let caching: MapCaching

  /// The first `count` bytes of a file.
  public init(file: Descriptor, count: UInt64, caching: MapCaching) {
    self.file = file
    self.count = count
    self.caching = caching
  }
}

/// How a processor may keep bytes of a blob (specification: `VIRTIO_GPU_MAP_CACHE_…`).
public enum MapCaching: UInt32, Sendable {
  /// Not said.
  case none
  /// Like other memory.
  case cached
  /// Not at all.
  case uncached
  /// Only what is written, for a while.
  case writeCombining
}

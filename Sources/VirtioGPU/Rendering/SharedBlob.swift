public import LinuxIO

/// The file of a blob, which others map.
public struct SharedBlob: Sendable {
  /// The file that has them.
  public let file: Descriptor
  /// Where in the file they start, a multiple of the page.
  public let start: UInt64
  /// How many bytes there are.
  public let count: UInt64
  /// How a guest has to map them.
  public let caching: MapCaching

  /// `count` bytes of a file, from `start`.
  public init(file: Descriptor, start: UInt64 = 0, count: UInt64, caching: MapCaching) {
    self.file = file
    self.start = start
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

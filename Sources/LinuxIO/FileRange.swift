/// Bytes of an open file: which file, where they start in it, and how many there are.
public struct FileRange: Sendable {
  /// The file. It stays open as long as this value lives.
  public let file: Descriptor
  /// Where the first byte lies in the file.
  public let offset: UInt64
  /// How many bytes there are.
  public let count: UInt64

  /// `count` bytes of `file` from `offset`.
  public init(file: Descriptor, offset: UInt64, count: UInt64) {
    self.file = file
    self.offset = offset
    self.count = count
  }

  /// The part of `count` bytes that starts `offset` bytes into this range; nil when the range does not have it.
  public func part(at offset: UInt64, count: UInt64) -> FileRange? {
    guard offset <= self.count, count <= self.count - offset else { return nil }
    return FileRange(file: file, offset: self.offset + offset, count: count)
  }
}

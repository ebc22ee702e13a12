/// Builds a message of little-endian integers.
public struct ByteWriter: Sendable {
  /// What has been written so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty writer with room for `capacity` bytes.
  public init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  /// Appends one byte.
  public mutating func u8(_ value: UInt8) {
    bytes.append(value)
  }

  /// Appends two bytes.
  public mutating func u16(_ value: UInt16) {
    append(UInt64(value), width: 2)
  }

  /// Appends four bytes.
  public mutating func u32(_ value: UInt32) {
    append(UInt64(value), width: 4)
  }

  /// Appends eight bytes.
  public mutating func u64(_ value: UInt64) {
    append(value, width: 8)
  }

  /// Appends bytes as they are.
  public mutating func bytes(_ values: some Sequence<UInt8>) {
    bytes.append(contentsOf: values)
  }

  /// Appends `count` zeros, for padding and reserved fields: no byte of this process's memory leaks to the reader.
  public mutating func zeros(_ count: Int) {
    bytes.append(contentsOf: repeatElement(0, count: max(0, count)))
  }

  private mutating func append(_ value: UInt64, width: Int) {
    for index in 0..<width {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
    }
  }
}

/// Reads little-endian integers, one after the other, from bytes that came from outside.
///
/// Every read is checked: too few bytes are an error, never a trap. The bytes are a copy, so their sender cannot change
/// them between two reads.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  /// How many bytes have been read or skipped.
  public private(set) var offset: Int = 0

  /// A reader that starts at the first of `bytes`.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// How many bytes are left.
  public var remaining: Int { bytes.count - offset }

  /// Reads one byte.
  public mutating func u8() throws(TruncatedBytes) -> UInt8 {
    try UInt8(truncatingIfNeeded: integer(width: 1))
  }

  /// Reads two bytes.
  public mutating func u16() throws(TruncatedBytes) -> UInt16 {
    try UInt16(truncatingIfNeeded: integer(width: 2))
  }

  /// Reads four bytes.
  public mutating func u32() throws(TruncatedBytes) -> UInt32 {
    try UInt32(truncatingIfNeeded: integer(width: 4))
  }

  /// Reads eight bytes.
  public mutating func u64() throws(TruncatedBytes) -> UInt64 {
    try integer(width: 8)
  }

  /// Reads the next `count` bytes as they are.
  public mutating func bytes(_ count: Int) throws(TruncatedBytes) -> [UInt8] {
    try require(count)
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// Passes over `count` bytes, which must be there.
  public mutating func skip(_ count: Int) throws(TruncatedBytes) {
    try require(count)
    offset += count
  }

  private mutating func integer(width: Int) throws(TruncatedBytes) -> UInt64 {
    try require(width)
    var value: UInt64 = 0
    for index in 0..<width {
      value |= UInt64(bytes[offset + index]) << UInt64(8 * index)
    }
    offset += width
    return value
  }

  private func require(_ count: Int) throws(TruncatedBytes) {
    guard count >= 0, count <= remaining else {
      throw TruncatedBytes(needed: count, found: remaining, offset: offset)
    }
  }
}

/// Error of a read beyond the last byte.
public struct TruncatedBytes: Error, Equatable, CustomStringConvertible {
  /// Length of the field in bytes.
  public let needed: Int
  /// How many bytes were left.
  public let found: Int
  /// Offset of the field in bytes, from the first byte.
  public let offset: Int

  /// A sentence for a log.
  public var description: String {
    "\(needed) bytes were expected at offset \(offset), but \(found) were left"
  }
}

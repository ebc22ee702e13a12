package import Wire

/// A range of the configuration space, read or written.
package struct ConfigWindow: Equatable, Sendable {
  package static let headerSize = 12
  /// The most bytes of configuration space (`VHOST_USER_MAX_CONFIG_SIZE`).
  package static let largest = 256

  package var offset: UInt32
  package var count: UInt32
  /// The writer: 0 is the driver, 1 a migration.
  package var flags: UInt32
  /// What is written, or room of that length for what is read. A reader may leave the room out.
  package var bytes: [UInt8]

  package init(offset: UInt32, count: UInt32, flags: UInt32 = 0, bytes: [UInt8]) {
    self.offset = offset
    self.count = count
    self.flags = flags
    self.bytes = bytes
  }

  package init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    offset = try reader.u32()
    count = try reader.u32()
    flags = try reader.u32()
    bytes = try reader.bytes(reader.remaining)
  }

  package func encode(to writer: inout ByteWriter) {
    writer.u32(offset)
    writer.u32(count)
    writer.u32(flags)
    writer.bytes(bytes)
  }

  /// The bytes of a space of `size` that it names; nil when some of them are outside.
  func range(inSpaceOf size: Int) -> Range<Int>? {
    let end = UInt64(offset) + UInt64(count)
    guard end <= UInt64(size) else { return nil }
    return Int(offset)..<Int(end)
  }
}

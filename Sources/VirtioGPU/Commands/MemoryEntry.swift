public import Wire

/// A run of guest memory behind a resource (specification: `struct virtio_gpu_mem_entry`).
public struct MemoryEntry: Equatable, Sendable {
  /// Bytes on the wire.
  public static let size = 16
  /// Its guest-physical address, unchecked.
  public var address: UInt64
  /// Its length in bytes.
  public var length: UInt32

  /// `length` bytes from `address`.
  public init(address: UInt64, length: UInt32) {
    self.address = address
    self.length = length
  }

  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    address = try reader.u64()
    length = try reader.u32()
    try reader.skip(4)
  }

  /// Writes the entry and its padding.
  public func write(to writer: inout ByteWriter) {
    writer.u64(address)
    writer.u32(length)
    writer.zeros(4)
  }
}

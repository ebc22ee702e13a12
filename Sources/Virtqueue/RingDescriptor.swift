internal import Wire

/// An entry of a descriptor table, 16 bytes (specification: `struct virtq_desc`).
struct RingDescriptor {
  static let size = 16

  /// More of the chain follows, at `next` (`VIRTQ_DESC_F_NEXT`).
  static let hasNext: UInt16 = 1
  /// The device writes here (`VIRTQ_DESC_F_WRITE`).
  static let isWritable: UInt16 = 2
  /// The buffer is a table of descriptors (`VIRTQ_DESC_F_INDIRECT`).
  static let isIndirect: UInt16 = 4

  let address: UInt64
  let length: UInt32
  let flags: UInt16
  let next: UInt16

  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    address = try reader.u64()
    length = try reader.u32()
    flags = try reader.u16()
    next = try reader.u16()
  }
}

public import Wire

/// Shows a blob to the guest in the host-visible region (specification: `struct virtio_gpu_resource_map_blob`).
public struct ResourceMapBlob: Command {
  public static let type = CommandType.resourceMapBlob
  /// The blob.
  public var resourceID: UInt32
  /// Where in the region, in bytes.
  public var offset: UInt64

  /// Maps `resourceID` at `offset`.
  public init(resourceID: UInt32, offset: UInt64) {
    self.resourceID = resourceID
    self.offset = offset
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    try reader.skip(4)
    offset = try reader.u64()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.zeros(4)
    writer.u64(offset)
  }
}

public import Wire

/// Copies from a resource into its backing (specification: `VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D`).
public struct TransferFromHost3D: Command {
  public static let type = CommandType.transferFromHost3D
  /// What is copied.
  public var fields: Transfer3D

  /// Copies what `fields` say.
  public init(_ fields: Transfer3D) {
    self.fields = fields
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    fields = try Transfer3D(&reader)
  }

  public func write(to writer: inout ByteWriter) {
    fields.write(to: &writer)
  }
}

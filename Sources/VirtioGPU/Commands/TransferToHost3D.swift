public import Wire

/// Copies from the backing of a resource into it (specification: `VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D`).
public struct TransferToHost3D: Command {
  public static let type = CommandType.transferToHost3D
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

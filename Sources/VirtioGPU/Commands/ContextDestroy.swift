public import Wire

/// Ends the context of the header (specification: `VIRTIO_GPU_CMD_CTX_DESTROY`, which has no fields).
public struct ContextDestroy: Command {
  public static let type = CommandType.contextDestroy

  /// The context is in the header.
  public init() {}

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {}

  public func write(to writer: inout ByteWriter) {}
}

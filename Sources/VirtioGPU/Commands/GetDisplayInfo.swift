public import Wire

/// Asks for the layout of the outputs (specification: `VIRTIO_GPU_CMD_GET_DISPLAY_INFO`).
public struct GetDisplayInfo: Command {
  public static let type = CommandType.getDisplayInfo

  /// The command has no fields.
  public init() {}
  public init(_ reader: inout ByteReader) {}
  public func write(to writer: inout ByteWriter) {}
}

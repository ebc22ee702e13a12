public import Wire

/// Gives commands to the context of the header (specification: `struct virtio_gpu_cmd_submit`). The commands follow
/// the fields.
public struct Submit3D: Command {
  public static let type = CommandType.submit3D
  /// How many bytes of commands follow, as the driver claims.
  public var size: UInt32

  /// Announces `size` bytes.
  public init(size: UInt32) {
    self.size = size
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    size = try reader.u32()
    // Forks of the protocol count fences here; the specification calls it padding.
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(size)
    writer.zeros(4)
  }
}

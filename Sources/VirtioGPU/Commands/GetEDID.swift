public import Wire

/// Asks for the EDID of an output (specification: `struct virtio_gpu_cmd_get_edid`).
public struct GetEDID: Command {
  public static let type = CommandType.getEDID
  /// The scanout of the output.
  public var scanout: UInt32

  /// Asks for the EDID of `scanout`.
  public init(scanout: UInt32) {
    self.scanout = scanout
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    scanout = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(scanout)
    writer.zeros(4)
  }
}

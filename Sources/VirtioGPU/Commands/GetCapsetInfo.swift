public import Wire

/// Asks which capability set has an index (specification: `struct virtio_gpu_get_capset_info`).
public struct GetCapsetInfo: Command {
  public static let type = CommandType.getCapsetInfo
  /// The index, below the number of sets in the configuration space.
  public var index: UInt32

  /// Asks for the set at `index`.
  public init(index: UInt32) {
    self.index = index
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    index = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(index)
    writer.zeros(4)
  }
}

public import Wire

/// Asks for the contents of a capability set (specification: `struct virtio_gpu_get_capset`).
public struct GetCapset: Command {
  public static let type = CommandType.getCapset
  /// The set's id, not its index.
  public var id: UInt32
  /// At most the set's highest version.
  public var version: UInt32

  /// Asks for version `version` of set `id`.
  public init(id: UInt32, version: UInt32) {
    self.id = id
    self.version = version
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    id = try reader.u32()
    version = try reader.u32()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(id)
    writer.u32(version)
  }
}

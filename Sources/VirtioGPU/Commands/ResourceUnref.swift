public import Wire

/// Destroys a resource (specification: `struct virtio_gpu_resource_unref`).
public struct ResourceUnref: Command {
  public static let type = CommandType.resourceUnref
  /// Which one.
  public var resourceID: UInt32

  /// Destroys `resourceID`.
  public init(resourceID: UInt32) {
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.zeros(4)
  }
}

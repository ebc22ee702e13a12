public import Wire

/// Asks for a UUID, by which other virtio devices can refer to the resource (specification: `struct virtio_gpu_resource_assign_uuid`).
public struct ResourceAssignUUID: Command {
  public static let type = CommandType.resourceAssignUUID
  /// The resource.
  public var resourceID: UInt32

  /// Asks for the UUID of `resourceID`.
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

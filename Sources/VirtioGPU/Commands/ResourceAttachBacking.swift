public import Wire

/// Gives a resource its backing (specification: `struct virtio_gpu_resource_attach_backing`). The list of
/// ``MemoryEntry`` follows the fields.
public struct ResourceAttachBacking: Command {
  public static let type = CommandType.resourceAttachBacking
  /// The resource.
  public var resourceID: UInt32
  /// How many entries follow, as the driver claims.
  public var entryCount: UInt32

  /// Announces `entryCount` entries for `resourceID`.
  public init(resourceID: UInt32, entryCount: UInt32) {
    self.resourceID = resourceID
    self.entryCount = entryCount
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    entryCount = try reader.u32()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.u32(entryCount)
  }
}

public import Wire

/// Takes the backing of a resource away (specification: `struct virtio_gpu_resource_detach_backing`).
public struct ResourceDetachBacking: Command {
  public static let type = CommandType.resourceDetachBacking
  /// The resource.
  public var resourceID: UInt32

  /// Takes the backing of `resourceID` away.
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

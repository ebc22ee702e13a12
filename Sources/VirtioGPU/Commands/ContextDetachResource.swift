public import Wire

/// Ends the use of a resource by the context of the header (specification: `struct virtio_gpu_ctx_resource`).
public struct ContextDetachResource: Command {
  public static let type = CommandType.contextDetachResource
  /// The resource.
  public var resourceID: UInt32

  /// Detaches `resourceID`.
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

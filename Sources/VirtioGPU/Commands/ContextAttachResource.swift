public import Wire

/// Lets the context of the header use a resource (specification: `struct virtio_gpu_ctx_resource`).
public struct ContextAttachResource: Command {
  public static let type = CommandType.contextAttachResource
  /// The resource.
  public var resourceID: UInt32

  /// Attaches `resourceID`.
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

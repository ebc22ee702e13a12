public import Wire

/// Takes a blob out of the host-visible region (specification: `struct virtio_gpu_resource_unmap_blob`).
public struct ResourceUnmapBlob: Command {
  public static let type = CommandType.resourceUnmapBlob
  /// The resource.
  public var resourceID: UInt32

  /// Unmaps `resourceID`.
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

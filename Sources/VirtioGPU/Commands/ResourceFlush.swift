public import Display
public import Wire

/// Brings changed pixels of a resource to every scanout that shows it (specification:
/// `struct virtio_gpu_resource_flush`).
public struct ResourceFlush: Command {
  public static let type = CommandType.resourceFlush
  /// The changed part, in pixels of the resource.
  public var rectangle: Rectangle
  /// The resource.
  public var resourceID: UInt32

  /// Flushes `rectangle` of `resourceID`.
  public init(rectangle: Rectangle, resourceID: UInt32) {
    self.rectangle = rectangle
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    rectangle = try reader.rectangle()
    resourceID = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.rectangle(rectangle)
    writer.u32(resourceID)
    writer.zeros(4)
  }
}

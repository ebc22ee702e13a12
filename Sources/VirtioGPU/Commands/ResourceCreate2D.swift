public import Wire

/// Makes a resource of pixels on the host (specification: `struct virtio_gpu_resource_create_2d`).
public struct ResourceCreate2D: Command {
  public static let type = CommandType.resourceCreate2D
  /// The driver's number for it; 0 means "none" everywhere and cannot be used.
  public var resourceID: UInt32
  /// A value of `enum virtio_gpu_formats`, unchecked.
  public var format: UInt32
  /// Pixels in a row.
  public var width: UInt32
  /// Rows.
  public var height: UInt32

  /// Makes a resource of these properties.
  public init(resourceID: UInt32, format: UInt32, width: UInt32, height: UInt32) {
    self.resourceID = resourceID
    self.format = format
    self.width = width
    self.height = height
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    format = try reader.u32()
    width = try reader.u32()
    height = try reader.u32()
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.u32(format)
    writer.u32(width)
    writer.u32(height)
  }
}

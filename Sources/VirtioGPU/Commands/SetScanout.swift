public import Display
public import Wire

/// Shows a part of a resource on a scanout (specification: `struct virtio_gpu_set_scanout`).
public struct SetScanout: Command {
  public static let type = CommandType.setScanout
  /// The part, in pixels of the resource.
  public var rectangle: Rectangle
  /// The scanout.
  public var scanout: UInt32
  /// The resource; 0 switches the scanout off.
  public var resourceID: UInt32

  /// Shows `rectangle` of `resourceID` on `scanout`.
  public init(rectangle: Rectangle, scanout: UInt32, resourceID: UInt32) {
    self.rectangle = rectangle
    self.scanout = scanout
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    rectangle = try reader.rectangle()
    scanout = try reader.u32()
    resourceID = try reader.u32()
  }

  public func write(to writer: inout ByteWriter) {
    writer.rectangle(rectangle)
    writer.u32(scanout)
    writer.u32(resourceID)
  }
}

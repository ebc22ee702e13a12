public import Display
public import Wire

/// Shows a part of a blob on a scanout (specification: `struct virtio_gpu_set_scanout_blob`).
public struct SetScanoutBlob: Command {
  public static let type = CommandType.setScanoutBlob
  /// The part, in pixels of the image that ``width``, ``height`` and the plane describe.
  public var rectangle: Rectangle
  /// The scanout.
  public var scanout: UInt32
  /// The blob; 0 switches the scanout off.
  public var resourceID: UInt32
  /// Of the whole image, in pixels.
  public var width: UInt32
  /// Of the whole image, in pixels.
  public var height: UInt32
  /// A pixel format, unchecked.
  public var format: UInt32
  /// Bytes from a pixel to the one below, for each plane; only the first means something in the formats there are.
  public var strides: [UInt32]
  /// Where each plane starts in the blob, in bytes.
  public var offsets: [UInt32]

  /// An image in one plane.
  public init(
    rectangle: Rectangle, scanout: UInt32, resourceID: UInt32, size: Size, format: UInt32, stride: UInt32,
    offset: UInt32 = 0
  ) {
    self.rectangle = rectangle
    self.scanout = scanout
    self.resourceID = resourceID
    width = size.width
    height = size.height
    self.format = format
    strides = [stride, 0, 0, 0]
    offsets = [offset, 0, 0, 0]
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    rectangle = try reader.rectangle()
    scanout = try reader.u32()
    resourceID = try reader.u32()
    width = try reader.u32()
    height = try reader.u32()
    format = try reader.u32()
    try reader.skip(4)
    strides = [try reader.u32(), try reader.u32(), try reader.u32(), try reader.u32()]
    offsets = [try reader.u32(), try reader.u32(), try reader.u32(), try reader.u32()]
  }

  public func write(to writer: inout ByteWriter) {
    writer.rectangle(rectangle)
    writer.u32(scanout)
    writer.u32(resourceID)
    writer.u32(width)
    writer.u32(height)
    writer.u32(format)
    writer.zeros(4)
    for stride in strides.prefix(4) { writer.u32(stride) }
    for offset in offsets.prefix(4) { writer.u32(offset) }
  }
}

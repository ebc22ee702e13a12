public import Wire

/// Makes a texture or a buffer of the renderer (`struct virtio_gpu_resource_create_3d` of Linux; the specification does
/// not describe it). All fields are the guest's, unchecked.
public struct ResourceCreate3D: Command {
  public static let type = CommandType.resourceCreate3D
  /// The new resource.
  public var resourceID: UInt32
  /// What kind of texture or buffer (`enum pipe_texture_target`).
  public var target: UInt32
  /// How a texel lies in memory (`enum virgl_formats`, which the eight pixel formats are part of).
  public var format: UInt32
  /// What it may be used for (`VIRGL_BIND_…`).
  public var bind: UInt32
  /// Texels; bytes of a buffer.
  public var width: UInt32
  /// Texels.
  public var height: UInt32
  /// Texels.
  public var depth: UInt32
  /// How many layers.
  public var arraySize: UInt32
  /// The smallest level of detail.
  public var lastLevel: UInt32
  /// Samples of a texel.
  public var sampleCount: UInt32
  /// Bit 0: its first row is the top one (`VIRTIO_GPU_RESOURCE_FLAG_Y_0_TOP`).
  public var flags: UInt32

  /// A texture of these fields: unless said otherwise, one flat image.
  public init(
    resourceID: UInt32, target: UInt32 = 2, format: UInt32, bind: UInt32, width: UInt32, height: UInt32,
    depth: UInt32 = 1, arraySize: UInt32 = 1, lastLevel: UInt32 = 0, sampleCount: UInt32 = 0, flags: UInt32 = 0
  ) {
    self.resourceID = resourceID
    self.target = target
    self.format = format
    self.bind = bind
    self.width = width
    self.height = height
    self.depth = depth
    self.arraySize = arraySize
    self.lastLevel = lastLevel
    self.sampleCount = sampleCount
    self.flags = flags
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    resourceID = try reader.u32()
    target = try reader.u32()
    format = try reader.u32()
    bind = try reader.u32()
    width = try reader.u32()
    height = try reader.u32()
    depth = try reader.u32()
    arraySize = try reader.u32()
    lastLevel = try reader.u32()
    sampleCount = try reader.u32()
    flags = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.u32(resourceID)
    writer.u32(target)
    writer.u32(format)
    writer.u32(bind)
    writer.u32(width)
    writer.u32(height)
    writer.u32(depth)
    writer.u32(arraySize)
    writer.u32(lastLevel)
    writer.u32(sampleCount)
    writer.u32(flags)
    writer.zeros(4)
  }
}

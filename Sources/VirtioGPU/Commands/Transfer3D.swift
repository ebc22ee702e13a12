internal import Wire

/// The fields of a copy between a resource of the renderer and its backing (specification:
/// `struct virtio_gpu_transfer_host_3d`). The context is in the header. All fields are the guest's, unchecked.
public struct Transfer3D: Equatable, Sendable {
  /// Part of the resource that is copied, in texels; in bytes for a buffer.
  public var box: Box
  /// Offset of the part's first texel in the backing, in bytes.
  public var offset: UInt64
  /// The resource.
  public var resourceID: UInt32
  /// The level of detail.
  public var level: UInt32
  /// Bytes from one row to the next in the backing; 0: the length of a row of the resource.
  public var stride: UInt32
  /// Bytes from one layer to the next in the backing; 0: the length of a layer of the resource.
  public var layerStride: UInt32

  /// Makes the fields of a transfer.
  public init(
    box: Box, offset: UInt64 = 0, resourceID: UInt32, level: UInt32 = 0, stride: UInt32 = 0, layerStride: UInt32 = 0
  ) {
    self.box = box
    self.offset = offset
    self.resourceID = resourceID
    self.level = level
    self.stride = stride
    self.layerStride = layerStride
  }

  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    box = Box(
      x: try reader.u32(), y: try reader.u32(), z: try reader.u32(), width: try reader.u32(),
      height: try reader.u32(), depth: try reader.u32())
    offset = try reader.u64()
    resourceID = try reader.u32()
    level = try reader.u32()
    stride = try reader.u32()
    layerStride = try reader.u32()
  }

  func write(to writer: inout ByteWriter) {
    for field in [box.x, box.y, box.z, box.width, box.height, box.depth] { writer.u32(field) }
    writer.u64(offset)
    for field in [resourceID, level, stride, layerStride] { writer.u32(field) }
  }
}

/// A part of a resource in three dimensions, unchecked (specification: `struct virtio_gpu_box`).
public struct Box: Equatable, Sendable {
  /// First column, in texels.
  public var x: UInt32
  /// First row.
  public var y: UInt32
  /// First layer.
  public var z: UInt32
  /// Width in texels.
  public var width: UInt32
  /// Height in rows.
  public var height: UInt32
  /// Depth in layers.
  public var depth: UInt32

  /// Makes a box; by default it starts at (0, 0, 0) and is one row high and one layer deep.
  public init(x: UInt32 = 0, y: UInt32 = 0, z: UInt32 = 0, width: UInt32, height: UInt32 = 1, depth: UInt32 = 1) {
    self.x = x
    self.y = y
    self.z = z
    self.width = width
    self.height = height
    self.depth = depth
  }
}

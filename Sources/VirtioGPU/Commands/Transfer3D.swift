internal import Wire

/// The fields of a copy between a resource of the renderer and its backing (specification:
/// `struct virtio_gpu_transfer_host_3d`). The context is in the header. All fields are the guest's, unchecked.
public struct Transfer3D: Equatable, Sendable {
  /// The part of the resource, in texels; of a buffer, in bytes.
  public var box: Box
  /// Where its first texel lies in the backing, in bytes.
  public var offset: UInt64
  /// The resource.
  public var resourceID: UInt32
  /// The level of detail.
  public var level: UInt32
  /// Bytes from a row to the next in the backing; 0: as long as the resource's.
  public var stride: UInt32
  /// Bytes from a layer to the next in the backing; 0: as long as the resource's.
  public var layerStride: UInt32

  /// A copy of these fields.
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
  /// Its first texel.
  public var x: UInt32
  /// Its first row.
  public var y: UInt32
  /// Its first layer.
  public var z: UInt32
  /// In texels.
  public var width: UInt32
  /// In rows.
  public var height: UInt32
  /// In layers.
  public var depth: UInt32

  /// A box of these fields: unless said otherwise, in the first layer.
  public init(x: UInt32 = 0, y: UInt32 = 0, z: UInt32 = 0, width: UInt32, height: UInt32 = 1, depth: UInt32 = 1) {
    self.x = x
    self.y = y
    self.z = z
    self.width = width
    self.height = height
    self.depth = depth
  }
}

public import Display
public import Wire

/// Copies pixels from the backing into a resource (specification: `struct virtio_gpu_transfer_to_host_2d`).
public struct TransferToHost2D: Command {
  public static let type = CommandType.transferToHost2D
  /// Where the pixels go, in pixels of the resource.
  public var rectangle: Rectangle
  /// Where the first of them lies in the backing, in bytes. Rows there are as long as rows of the resource. (The
  /// specification's text calls it a destination; every driver and device means the source.)
  public var offset: UInt64
  /// The resource.
  public var resourceID: UInt32

  /// Copies into `rectangle` of `resourceID` from `offset` on.
  public init(rectangle: Rectangle, offset: UInt64, resourceID: UInt32) {
    self.rectangle = rectangle
    self.offset = offset
    self.resourceID = resourceID
  }

  public init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    rectangle = try reader.rectangle()
    offset = try reader.u64()
    resourceID = try reader.u32()
    try reader.skip(4)
  }

  public func write(to writer: inout ByteWriter) {
    writer.rectangle(rectangle)
    writer.u64(offset)
    writer.u32(resourceID)
    writer.zeros(4)
  }
}

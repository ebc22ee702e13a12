public import Display
internal import Wire

/// The fields that both commands of the cursor queue share (specification: `struct virtio_gpu_update_cursor`).
public struct CursorFields: Equatable, Sendable {
  /// The scanout.
  public var scanout: UInt32
  /// Where the image's top left corner is: Linux sends the corner of its cursor plane. The wire has unsigned values, and
  /// drivers put negative ones into them at the left and top edges.
  public var position: Point
  /// The resource that holds the image; 0 hides the cursor, in both commands.
  public var resourceID: UInt32
  /// The pixel of the image that points, from its top left corner.
  public var hotSpot: Point

  /// A cursor on `scanout`.
  public init(scanout: UInt32, position: Point, resourceID: UInt32, hotSpot: Point = .zero) {
    self.scanout = scanout
    self.position = position
    self.resourceID = resourceID
    self.hotSpot = hotSpot
  }

  init(_ reader: inout ByteReader) throws(TruncatedBytes) {
    scanout = try reader.u32()
    position = try reader.point()
    try reader.skip(4)
    resourceID = try reader.u32()
    hotSpot = try reader.point()
    try reader.skip(4)
  }

  func write(to writer: inout ByteWriter) {
    writer.u32(scanout)
    writer.point(position)
    writer.zeros(4)
    writer.u32(resourceID)
    writer.point(hotSpot)
    writer.zeros(4)
  }
}

extension ByteReader {
  fileprivate mutating func point() throws(TruncatedBytes) -> Point {
    let x = Int32(bitPattern: try u32())
    return Point(x: x, y: Int32(bitPattern: try u32()))
  }
}

extension ByteWriter {
  fileprivate mutating func point(_ point: Point) {
    u32(UInt32(bitPattern: point.x))
    u32(UInt32(bitPattern: point.y))
  }
}

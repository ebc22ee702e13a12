/// Image of a cursor.
public struct CursorImage: Sendable {
  /// Its pixels, with premultiplied alpha; immutable once in an event, so it may be kept.
  public let surface: Surface
  /// The pixel that points, from the image's top left corner. It may lie outside: guests do that. It says where the user
  /// points; the position of the image does not depend on it.
  public let hotSpot: Point
  /// True when the frames of the source already show this cursor, as in a replay of a dump that was made with it.
  /// Sinks record such a cursor and do not draw it again.
  public let isInFrame: Bool

  /// A cursor of these pixels.
  public init(surface: Surface, hotSpot: Point, isInFrame: Bool = false) {
    self.surface = surface
    self.hotSpot = hotSpot
    self.isInFrame = isInFrame
  }

  /// The part of a frame of this size that the image covers when its top left corner is at `position`, which is the
  /// cursor's position; nil for none.
  public func area(at position: Point, on size: Size) -> Rectangle? {
    // Guests may send any position, so the sums take more than 32 bits.
    let (x, y) = (Int64(position.x), Int64(position.y))
    let (left, top) = (max(0, x), max(0, y))
    let right = min(Int64(size.width), x + Int64(surface.size.width))
    let bottom = min(Int64(size.height), y + Int64(surface.size.height))
    guard left < right, top < bottom else { return nil }
    return Rectangle(x: UInt32(left), y: UInt32(top), width: UInt32(right - left), height: UInt32(bottom - top))
  }
}

import Display

/// A cursor at its place on an image.
struct PlacedCursor {
  /// The cursor's pixels.
  let surface: Surface
  /// The place of the cursor's top left corner; it may lie outside the image.
  let corner: Point
  /// The part of the image that the cursor covers.
  let area: Rectangle

  /// Nil when no pixel of the cursor lies on an image of this size, or when the frames show it already.
  init?(_ cursor: CursorImage?, at position: Point, on size: Size) {
    guard let cursor, !cursor.isInFrame, let area = cursor.area(at: position, on: size) else { return nil }
    surface = cursor.surface
    corner = position
    self.area = area
  }

  /// True when both draw the same pixels at the same place.
  func isSame(as other: PlacedCursor?) -> Bool {
    surface === other?.surface && corner == other?.corner && area == other?.area
  }

  /// The part of `image` under the cursor, with the cursor drawn over it.
  func composed(over image: Surface) throws(SurfaceError) -> Surface {
    let patch = try Surface(size: area.size, format: .b8g8r8x8)
    patch.copy(area, of: image, to: .zero)
    // The area is not empty, so the corner lies less than one cursor away from it: no overflow.
    patch.draw(surface, over: Point(x: corner.x - Int32(area.x), y: corner.y - Int32(area.y)))
    return patch
  }
}

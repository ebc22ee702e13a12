import Display

/// The pointer where it lies on a picture.
struct PlacedPointer {
  /// Its image.
  let image: Surface
  /// The place of the image's top left corner; it may lie outside of the picture.
  let corner: Point
  /// What of it lies on the picture.
  let area: Rectangle

  /// Nil when no pixel of the pointer lies on a picture of this size, or when the frames show it already.
  init?(_ cursor: CursorImage?, at position: Point, on size: Size) {
    guard let cursor, !cursor.isInFrame, let area = cursor.area(at: position, on: size) else { return nil }
    image = cursor.surface
    corner = position
    self.area = area
  }

  /// True when both draw the same pixels at the same place.
  func isSame(as other: PlacedPointer?) -> Bool {
    image === other?.image && corner == other?.corner && area == other?.area
  }

  /// The part of `picture` under the pointer, with the pointer drawn over it.
  func composed(over picture: Surface) throws(SurfaceError) -> Surface {
    let patch = try Surface(size: area.size, format: .b8g8r8x8)
    patch.copy(area, of: picture, to: .zero)
    // The area is not empty, so the corner lies less than one image away from it: no overflow.
    patch.draw(image, over: Point(x: corner.x - Int32(area.x), y: corner.y - Int32(area.y)))
    return patch
  }
}

internal import Display

/// The cursor of the scene: an arrow with a soft shadow, 64 × 64 as virtio-gpu wants it.
enum CursorArt {
  static let size = Size(width: 64, height: 64)
  static let hotSpot = Point(x: 8, y: 6)

  /// Draws the arrow with premultiplied alpha.
  static func draw(on surface: Surface) {
    surface.fill(Rectangle(size), with: Color(red: 0, green: 0, blue: 0, alpha: 0))
    for softness in UInt32(0)..<6 {
      let shade = Color(red: 0, green: 0, blue: 0, alpha: UInt8(18 * (softness + 1)))
      arrow(on: surface, x: 12, y: 10, grow: 6 - softness, color: shade)
    }
    arrow(on: surface, x: 8, y: 6, grow: 2, color: Color(0x10131a))
    arrow(on: surface, x: 8, y: 6, grow: 0, color: Color(0xffffff))
  }

  /// Where the image's top left corner is at a step, which is what a driver sends: the place that the arrow points at,
  /// less the hot spot. It leaves the frame at the left and the top, as real cursors do.
  static func corner(_ number: Int, in size: Size) -> Point {
    Point(
      x: Int32(clamping: Path.bounce(number * 11 + 300, size.width)) - 12 - hotSpot.x,
      y: Int32(clamping: Path.bounce(number * 7 + 200, size.height)) - 12 - hotSpot.y)
  }

  /// A triangle whose tip is at (`x`, `y`), larger by `grow` pixels on each side.
  private static func arrow(on surface: Surface, x: UInt32, y: UInt32, grow: UInt32, color: Color) {
    for row in UInt32(0)..<(34 + 2 * grow) {
      let top = y + row >= grow ? y + row - grow : 0
      // Rows get longer down to three quarters, then shorter again.
      let length = row < 24 + grow ? row * 3 / 4 + grow : (34 + 2 * grow - row) * 3 / 2
      let left = x >= grow ? x - grow : 0
      surface.fill(Rectangle(x: left, y: top, width: length, height: 1), with: color)
    }
  }
}

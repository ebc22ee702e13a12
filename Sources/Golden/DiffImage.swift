internal import CPixels
public import Display
public import PNG

extension ImageDifference {
  /// An image of the difference: the expected image, dimmed; the pixels that differ in red; yellow frames around the
  /// regions. What only one of the images has is purple. Throws when the size around both is one that no image may
  /// have: a wide one and a high one, of a few bytes each, would take any amount of memory.
  public func draw(expected: Image, actual: Image) throws(SurfaceError) -> Image {
    let (old, new) = (expected.surface, actual.surface)
    let size = Size(width: max(old.size.width, new.size.width), height: max(old.size.height, new.size.height))
    guard Image.canHave(size) else { throw SurfaceError(size: size, format: old.format) }
    let canvas = try Image(size: size)
    try canvas.copy(Rectangle(old.size), of: old, to: .zero)
    try Self.dim(canvas.surface)
    for margin in Self.margins(old.size, new.size) { canvas.surface.fill(margin, with: Self.purple) }
    Self.mark(try ComparedPixels(expected: expected, actual: actual), on: canvas.surface)
    for region in regions { Self.frame(region, on: canvas.surface) }
    return canvas
  }

  private static let purple = Color(red: 112, green: 0, blue: 160)
  private static let yellow = Color(red: 255, green: 208, blue: 0)
  /// Red, as a word of ``Display/PixelFormat/b8g8r8a8``.
  private static let mark: UInt32 = 0xFFFF_2020

  /// Takes three quarters of the light.
  private static func dim(_ surface: Surface) throws(SurfaceError) {
    let shade = try Surface(size: surface.size, format: .b8g8r8a8)
    shade.fill(Rectangle(shade.size), with: Color(red: 0, green: 0, blue: 0, alpha: 191))
    surface.draw(shade, over: .zero)
  }

  private static func mark(_ pixels: ComparedPixels, on canvas: Surface) {
    let common = pixels.common
    // Safe: the canvas is at least as large as what both have in common.
    unsafe canvas.withPixels { base in
      unsafe pixels.withImages { expected, actual in
        unsafe cpixels_mark(
          expected, actual, common.width, common.height, pixels.bytes, base.assumingMemoryBound(to: UInt8.self),
          canvas.stride, mark)
      }
    }
  }

  /// Draws a line around a region, two pixels away from it, as far as the canvas reaches.
  private static func frame(_ region: Rectangle, on canvas: Surface) {
    let gap: UInt32 = 2
    let left = region.x - min(region.x, gap)
    let top = region.y - min(region.y, gap)
    let right = UInt32(min(region.endX + UInt64(gap), UInt64(canvas.size.width)))
    let bottom = UInt32(min(region.endY + UInt64(gap), UInt64(canvas.size.height)))
    let (width, height) = (right - left, bottom - top)
    for side in [
      Rectangle(x: left, y: top, width: width, height: 1), Rectangle(x: left, y: bottom - 1, width: width, height: 1),
      Rectangle(x: left, y: top, width: 1, height: height), Rectangle(x: right - 1, y: top, width: 1, height: height),
    ] {
      canvas.fill(side, with: yellow)
    }
  }
}

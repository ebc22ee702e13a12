package import Display

/// Place of the pointer in a window, as a pixel of the image that is drawn there: the inverse of ``Letterbox``.
package struct PointerPlace {
  private let window: Size
  private let output: Size
  private let image: Size
  private let frame: Rectangle

  /// A window of a size in SDL's coordinates, with `output` pixels to draw in, that shows an image. Nil: one of them has no
  /// pixel.
  package init?(window: Size, output: Size, image: Size) {
    guard !window.isEmpty, !output.isEmpty, !image.isEmpty else { return nil }
    self.window = window
    self.output = output
    self.image = image
    frame = Letterbox(image, in: output).frame
  }

  /// The pixel at a place in SDL's window coordinates. A place on a bar, or outside of the window, is that of the nearest pixel.
  package func pixel(x: Int32, y: Int32) -> Point {
    // The middle of the coordinate: with as many pixels as coordinates, that is the middle of the pixel.
    Point(
      x: pixel(Double(x) + 0.5, window.width, output.width, frame.x, frame.width, image.width),
      y: pixel(Double(y) + 0.5, window.height, output.height, frame.y, frame.height, image.height))
  }

  /// The pixel at a part of the window's width and height, as SDL has it of fingers.
  package func pixel(partX: Float, partY: Float) -> Point {
    Point(
      x: pixel(Double(partX), 1, output.width, frame.x, frame.width, image.width),
      y: pixel(Double(partY), 1, output.height, frame.y, frame.height, image.height))
  }

  private func pixel(
    _ place: Double, _ window: UInt32, _ output: UInt32, _ start: UInt32, _ length: UInt32, _ image: UInt32
  ) -> Int32 {
    let inFrame = place * Double(output) / Double(window) - Double(start)
    let pixel = (inFrame * Double(image) / Double(length)).rounded(.down)
    // A position that is not a number counts as the first pixel.
    guard pixel > 0 else { return 0 }
    return Int32(clamping: Int64(min(pixel, Double(image) - 1)))
  }
}

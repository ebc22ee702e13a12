package import Display

/// Place of an image in a window: as large as fits, in its own proportions, in the middle, with black bars beside it.
package struct Letterbox: Equatable {
  /// The place of the image, in pixels of the window.
  package let frame: Rectangle
  /// True when the image gets fewer pixels of the window than it has.
  package let isShrunk: Bool

  /// Fits an image into a window. Neither is empty.
  package init(_ image: Size, in window: Size) {
    // Sides are below 2^32, so products fit 64 bits: the comparison is of width/height of both.
    let (width, height) = (UInt64(image.width), UInt64(image.height))
    let isBoundByWidth = width * UInt64(window.height) >= UInt64(window.width) * height
    var size = window
    if isBoundByWidth {
      size.height = Self.scale(height, by: UInt64(window.width), over: width, to: window.height)
    } else {
      size.width = Self.scale(width, by: UInt64(window.height), over: height, to: window.width)
    }
    frame = Rectangle(
      x: (window.width - size.width) / 2, y: (window.height - size.height) / 2, width: size.width, height: size.height)
    isShrunk = size.width < image.width || size.height < image.height
  }

  /// The size of a new window for an image: the image's own, or what fits the display in the same proportions.
  package static func windowSize(for image: Size, on display: Size) -> Size {
    guard !display.isEmpty, image.width > display.width || image.height > display.height else { return image }
    return Letterbox(image, in: display).frame.size
  }

  private static func scale(_ length: UInt64, by factor: UInt64, over divisor: UInt64, to limit: UInt32) -> UInt32 {
    // A line of one pixel stays visible however small it would be.
    let nearest = (length * factor + divisor / 2) / max(1, divisor)
    return min(limit, max(1, UInt32(clamping: nearest)))
  }
}

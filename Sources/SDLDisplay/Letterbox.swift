package import Display

/// Where a picture lies in a window: as large as fits, in its own proportions, in the middle, black bars beside it.
package struct Letterbox: Equatable {
  /// The picture's place, in pixels of the window.
  package let frame: Rectangle
  /// True when the picture has fewer pixels on the window than of its own.
  package let isShrunk: Bool

  /// Fits a picture into a window. Neither is empty.
  package init(_ picture: Size, in window: Size) {
    // Sides are below 2^32, so products fit 64 bits: what is compared is picture.width/picture.height with the window's.
    let (width, height) = (UInt64(picture.width), UInt64(picture.height))
    let isBoundByWidth = width * UInt64(window.height) >= UInt64(window.width) * height
    var size = window
    if isBoundByWidth {
      size.height = Self.scale(height, by: UInt64(window.width), over: width, to: window.height)
    } else {
      size.width = Self.scale(width, by: UInt64(window.height), over: height, to: window.width)
    }
    frame = Rectangle(
      x: (window.width - size.width) / 2, y: (window.height - size.height) / 2, width: size.width, height: size.height)
    isShrunk = size.width < picture.width || size.height < picture.height
  }

  /// The size of a new window for a picture: the picture's own, or what fits the display in the same proportions.
  package static func windowSize(for picture: Size, on display: Size) -> Size {
    guard !display.isEmpty, picture.width > display.width || picture.height > display.height else { return picture }
    return Letterbox(picture, in: display).frame.size
  }

  private static func scale(_ length: UInt64, by factor: UInt64, over divisor: UInt64, to limit: UInt32) -> UInt32 {
    // A line of one pixel stays visible however small it would be.
    let nearest = (length * factor + divisor / 2) / max(1, divisor)
    return min(limit, max(1, UInt32(clamping: nearest)))
  }
}

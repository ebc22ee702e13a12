internal import Display

/// Shapes out of filled rectangles, all in whole numbers, so that every host draws the same pixels.
extension Surface {
  /// A colour that runs from `top` to `bottom`, in at most 64 bands.
  func fillGradient(_ area: Rectangle, from top: Color, to bottom: Color) {
    let bands = min(64, max(1, area.height))
    for band in 0..<bands {
      let start = area.y + area.height * band / bands
      let end = area.y + area.height * (band + 1) / bands
      fill(
        Rectangle(x: area.x, y: start, width: area.width, height: end - start),
        with: top.mixed(with: bottom, band, of: bands))
    }
  }

  /// A disc inside a square whose corner is at (`x`, `y`), row by row.
  func fillDisc(x: UInt32, y: UInt32, diameter: UInt32, with color: Color) {
    let side = Int(diameter)
    for row in 0..<side {
      // Twice the distance from the centre, so that half pixels are whole numbers.
      let height = 2 * row + 1 - side
      var half = 0
      while (half + 1) * (half + 1) * 4 + height * height <= side * side { half += 1 }
      guard half > 0 else { continue }
      let left = UInt32(side / 2 - half)
      fill(Rectangle(x: x + left, y: y + UInt32(row), width: UInt32(2 * half), height: 1), with: color)
    }
  }

  /// A frame of one thickness along the inner edge of `area`.
  func strokeInside(_ area: Rectangle, thickness: UInt32, with color: Color) {
    fill(Rectangle(x: area.x, y: area.y, width: area.width, height: thickness), with: color)
    fill(Rectangle(x: area.x, y: area.y + area.height - thickness, width: area.width, height: thickness), with: color)
    fill(Rectangle(x: area.x, y: area.y, width: thickness, height: area.height), with: color)
    fill(Rectangle(x: area.x + area.width - thickness, y: area.y, width: thickness, height: area.height), with: color)
  }
}

extension Color {
  /// `part` of `whole` steps on the way to another colour.
  func mixed(with other: Color, _ part: UInt32, of whole: UInt32) -> Color {
    func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
      UInt8(clamping: (UInt32(from) * (whole - part) + UInt32(to) * part) / max(1, whole))
    }
    return Color(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
  }

  /// From the usual notation, `0xRRGGBB`.
  init(_ rgb: UInt32) {
    self.init(
      red: UInt8(truncatingIfNeeded: rgb >> 16), green: UInt8(truncatingIfNeeded: rgb >> 8),
      blue: UInt8(truncatingIfNeeded: rgb))
  }
}

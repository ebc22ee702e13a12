internal import Display

/// Capital letters, digits and a few signs, three pixels wide and five high: enough to label a surface.
struct Lettering {
  /// Each row of a glyph is an octal digit, top row first; 4 is the left pixel.
  private static let glyphs: [Character: UInt16] = [
    "0": 0o75557, "1": 0o26227, "2": 0o71747, "3": 0o71717, "4": 0o55711, "5": 0o74717, "6": 0o74757, "7": 0o71122,
    "8": 0o75757, "9": 0o75717, "A": 0o25755, "B": 0o65656, "C": 0o34443, "D": 0o65556, "E": 0o74647, "F": 0o74644,
    "G": 0o34553, "H": 0o55755, "I": 0o72227, "J": 0o11156, "K": 0o55655, "L": 0o44447, "M": 0o57755, "N": 0o65555,
    "O": 0o25552, "P": 0o65644, "Q": 0o25563, "R": 0o65655, "S": 0o34216, "T": 0o72222, "U": 0o55557, "V": 0o55552,
    "W": 0o55775, "X": 0o55255, "Y": 0o55222, "Z": 0o71247, ".": 0o00002, ":": 0o02020, "-": 0o00700, "/": 0o11244,
  ]

  /// Pixels of the surface for one pixel of a glyph.
  let scale: UInt32

  /// How wide `text` is, in pixels.
  func width(of text: String) -> UInt32 {
    UInt32(clamping: text.count) * 4 * scale
  }

  /// Draws `text` with its top left corner at (`x`, `y`); characters without a glyph are gaps.
  func draw(_ text: String, on surface: Surface, x: UInt32, y: UInt32, color: Color) {
    var left = x
    for character in text {
      let glyph = Self.glyphs[character] ?? 0
      for row in UInt32(0)..<5 {
        let bits = glyph >> UInt16(3 * (4 - row)) & 7
        for column in UInt32(0)..<3 where bits & (4 >> UInt16(column)) != 0 {
          surface.fill(
            Rectangle(x: left + column * scale, y: y + row * scale, width: scale, height: scale), with: color)
        }
      }
      left += 4 * scale
    }
  }
}

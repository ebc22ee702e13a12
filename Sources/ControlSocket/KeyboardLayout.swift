public import Display
internal import Text

/// Layout of a keyboard: which key types which character. It must be the one that the guest uses.
public struct KeyboardLayout: Sendable {
  /// How a character is typed.
  public struct Stroke: Equatable, Sendable {
    /// The key.
    public let key: KeyCode
    /// True: with the shift key.
    public let isShifted: Bool
  }

  /// The layout of the United States, which consoles and desktops have unless they are told otherwise.
  public static let us = KeyboardLayout(
    name: "us",
    rows: [
      (2, "1234567890-=", "!@#$%^&*()_+"), (16, "qwertyuiop[]", "QWERTYUIOP{}"), (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
      (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    ])

  /// The name of the layout, as XKB has it.
  public let name: String
  private let strokes: [Character: Stroke]

  /// Rows of keys: the code of the first key, and what they type without and with shift.
  private init(name: String, rows: [(first: UInt16, plain: String, shifted: String)]) {
    var strokes: [Character: Stroke] = [
      " ": Stroke(key: .space, isShifted: false), "\n": Stroke(key: .enter, isShifted: false),
      "\r\n": Stroke(key: .enter, isShifted: false), "\t": Stroke(key: .tab, isShifted: false),
    ]
    for (first, plain, shifted) in rows {
      for (characters, isShifted) in [(plain, false), (shifted, true)] {
        for (offset, character) in characters.enumerated() {
          strokes[character] = Stroke(key: KeyCode(rawValue: first + UInt16(offset)), isShifted: isShifted)
        }
      }
    }
    self.name = name
    self.strokes = strokes
  }

  /// How a text is typed.
  public func strokes(for text: String) throws(ControlError) -> [Stroke] {
    var result: [Stroke] = []
    for character in text {
      guard let stroke = strokes[character] else {
        throw ControlError(
          "the character \"\(String(character.unicodeScalars.prefix(4).map(Character.init)).printable)\" is not on the keyboard layout \(name): nothing was typed"
        )
      }
      result.append(stroke)
    }
    return result
  }
}

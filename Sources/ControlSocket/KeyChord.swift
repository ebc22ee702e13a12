public import Display
internal import Text

/// Keys that are pressed together, written with hyphens between them: `ctrl-alt-f2`.
public struct KeyChord: Equatable, Sendable {
  /// The keys, in the order in which they go down. They come up in the opposite order.
  public let keys: [KeyCode]

  /// The most keys of a chord: a user has ten fingers.
  public static let maximumKeys = 10

  /// Reads a chord.
  public init(_ text: String) throws(ControlError) {
    let names = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
    guard names.count <= Self.maximumKeys else {
      throw ControlError("\(names.count) keys at once: at most \(Self.maximumKeys) are pressed together")
    }
    var keys: [KeyCode] = []
    for name in names {
      guard let key = KeyCode(named: String(name)) else {
        throw ControlError(
          "there is no key \"\(String(name.unicodeScalars.prefix(16).map(Character.init)).printable)\": keys have the names of Linux without KEY_, such as "
            + "a, enter, f2, leftctrl, and chords have hyphens, such as ctrl-alt-f2")
      }
      guard !keys.contains(key) else { throw ControlError("the key \(name) is in the chord \(text.printable) twice") }
      keys.append(key)
    }
    self.keys = keys
  }

  /// The names of the keys, with hyphens between them.
  public var text: String { keys.compactMap(\.name).joined(separator: "-") }
}

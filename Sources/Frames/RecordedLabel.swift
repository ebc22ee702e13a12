public import Display
internal import Text

/// Label of a recording: a name for a moment, such as the one at which a guest's console asked for a login.
public struct RecordedLabel: Sendable, Hashable {
  /// The name; several labels may have the same.
  public let name: String
  /// When it was set.
  public let time: DisplayTime

  /// A label.
  package init(name: String, time: DisplayTime) {
    self.name = name
    self.time = time
  }

  /// The longest name, in bytes.
  private static let longestName = 256

  /// True for what can be the name of a label: 1 to 256 bytes, without control characters.
  public static func isName(_ text: String) -> Bool {
    (1...longestName).contains(text.utf8.count) && text.printable == text
  }
}

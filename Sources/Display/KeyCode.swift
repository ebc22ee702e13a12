/// Key of a keyboard, or button, by its code in Linux's input subsystem (evdev). It says where the key is, not what it types:
/// the guest's layout decides that.
public struct KeyCode: RawRepresentable, Hashable, Sendable {
  /// The number of the `KEY_` or `BTN_` constant in `linux/input-event-codes.h`.
  public var rawValue: UInt16

  /// The key of a code.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// The left shift key.
  public static let leftShift = KeyCode(rawValue: 42)
  /// The enter key of the main block.
  public static let enter = KeyCode(rawValue: 28)
  /// The tabulator.
  public static let tab = KeyCode(rawValue: 15)
  /// The space bar.
  public static let space = KeyCode(rawValue: 57)
}

public import Display

/// Input for a guest, as a user of the control socket asks for it.
public enum ControlInput: Equatable, Sendable {
  /// Presses the keys of a chord together, and releases them.
  case key(KeyChord)
  /// Types a text: each character must be on the keyboard's layout.
  case type(String)
  /// Moves the pointer to a pixel of an output.
  case point(Point, output: Int)
  /// Moves the pointer to a pixel of an output, and presses and releases a button there.
  case click(Point, output: Int, PointerButton)
  /// Turns the wheel, in 120ths of a notch: away from the user, and to the right.
  case scroll(vertical: Int32, horizontal: Int32)
  /// Touches a pixel of an output with one finger, for a moment.
  case touch(Point, output: Int)

  /// The longest text of one request, in characters. Longer ones are typed by several requests.
  public static let longestText = 128
  /// The most notches of one request, either way.
  public static let maximumNotches = 1000.0
}

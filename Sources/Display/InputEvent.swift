/// Event of a user's keyboard, pointing device or touch screen, for the guest.
///
/// Requests with input events are ordered, and none is lost on the way to the source.
public enum InputEvent: Hashable, Sendable {
  /// A key was pressed or released. The host's repetitions of a key that is held are left out: the guest repeats by itself.
  case key(KeyCode, isPressed: Bool)
  /// The pointer is here.
  case position(PointerPosition)
  /// The pointer moved by this many units of the mouse, to the right and downwards.
  case motion(x: Int32, y: Int32)
  /// A button was pressed or released.
  case button(PointerButton, isPressed: Bool)
  /// The wheel turned, in 120ths of a notch: `vertical` away from the user, `horizontal` to the right.
  case wheel(vertical: Int32, horizontal: Int32)
  /// A finger did something. `slot` is its number while it touches, from 0 to ``maximumSlot``.
  case touch(slot: Int, TouchPhase)
  /// Every key, button and finger is up: the window lost the focus, or was closed.
  case releaseAll

  /// The highest number of a finger.
  public static let maximumSlot = 9
  /// How much of a wheel's unit is one notch.
  public static let notch: Int32 = 120
}

/// What a finger does.
public enum TouchPhase: Hashable, Sendable {
  /// It begins to touch here.
  case down(PointerPosition)
  /// It moved here.
  case move(PointerPosition)
  /// It touches no more.
  case up
}

/// Absolute position of a pointer or a finger.
public enum PointerPosition: Hashable, Sendable {
  /// A pixel of the scanout that the request is about.
  case pixel(Point)
  /// A point of the desktop of all outputs.
  case desktop(DesktopPoint)
}

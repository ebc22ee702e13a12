public import Display

/// What an input device is told to do: an `InputEvent` that was given to this device, with positions on the desktop.
public enum InputAction: Hashable, Sendable {
  /// A key or a button goes down.
  case press(KeyCode)
  /// A key or a button goes up.
  case release(KeyCode)
  /// The pointer is here.
  case position(DesktopPoint)
  /// The pointer moved, to the right and downwards.
  case motion(x: Int32, y: Int32)
  /// The wheel turned, in 120ths of a notch, away from the user and to the right.
  case wheel(vertical: Int32, horizontal: Int32)
  /// A finger begins to touch.
  case touchDown(slot: Int, DesktopPoint)
  /// A finger moved.
  case touchMove(slot: Int, DesktopPoint)
  /// A finger touches no more.
  case touchUp(slot: Int)
}

/// What became of an ``InputAction``.
public enum InputOutcome: Equatable, Sendable {
  /// The guest gets it.
  case taken
  /// It changes nothing: a key is pressed already or was not pressed, a finger does not touch.
  case unchanged
  /// The device has no such key, axis or finger.
  case unsupported
  /// No driver listens.
  case noDriver
  /// The guest does not take what waits already. What belongs to it, such as the release of a key, is left out as well.
  case full
}

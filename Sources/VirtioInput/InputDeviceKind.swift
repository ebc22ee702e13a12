/// Kind of an input device.
public enum InputDeviceKind: String, CaseIterable, Sendable {
  /// All keys, and LEDs.
  case keyboard
  /// An absolute pointer with buttons and wheels, which needs no grab: where the user points is where the guest's pointer is.
  case tablet
  /// A relative pointer with buttons and wheels.
  case mouse
  /// A touch screen for ten fingers.
  case touch
}

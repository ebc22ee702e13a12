/// Button of a pointing device.
public enum PointerButton: String, CaseIterable, Sendable {
  /// The main button.
  case left
  /// The button of the context menu.
  case right
  /// The wheel, pressed.
  case middle
  /// The first button at the side, which goes back in browsers.
  case side
  /// The second button at the side, which goes forward in browsers.
  case extra

  /// Its code: `BTN_LEFT` and those that follow.
  public var code: KeyCode {
    switch self {
    case .left: KeyCode(rawValue: 0x110)
    case .right: KeyCode(rawValue: 0x111)
    case .middle: KeyCode(rawValue: 0x112)
    case .side: KeyCode(rawValue: 0x113)
    case .extra: KeyCode(rawValue: 0x114)
    }
  }
}

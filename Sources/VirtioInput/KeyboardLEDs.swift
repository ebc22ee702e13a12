/// LEDs of a keyboard that the guest has lit.
public struct KeyboardLEDs: OptionSet, Hashable, Sendable {
  /// One bit for each LED, by its code.
  public let rawValue: UInt8

  /// The LEDs of these bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Num lock.
  public static let numLock = KeyboardLEDs(rawValue: 1 << 0)
  /// Caps lock.
  public static let capsLock = KeyboardLEDs(rawValue: 1 << 1)
  /// Scroll lock.
  public static let scrollLock = KeyboardLEDs(rawValue: 1 << 2)

  /// The codes of all LEDs (`LED_NUML` and those that follow).
  static let codes: [UInt16] = [0, 1, 2]

  /// The LED of a code; nil: the keyboard does not have it.
  init?(code: UInt16) {
    guard Self.codes.contains(code) else { return nil }
    self.init(rawValue: 1 << UInt8(code))
  }
}

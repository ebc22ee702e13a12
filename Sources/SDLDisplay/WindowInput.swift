package import Display

/// Input of a user's windows on its way to the guest: what SDL reports, as events of the guest's devices.
///
/// It keeps what SDL leaves to its users: the slots of fingers, and parts of a wheel's unit.
package struct WindowInput {
  /// The slots of the fingers that touch, by SDL's numbers of touch device and finger.
  private var fingers: [Finger: Int] = [:]
  private var vertical = 0.0
  private var horizontal = 0.0

  /// SDL's numbers of a finger.
  package struct Finger: Hashable {
    let device: Int64
    let finger: Int64

    /// The finger of a device.
    package init(device: Int64, finger: Int64) {
      (self.device, self.finger) = (device, finger)
    }
  }

  /// Nothing is touched.
  package init() {}

  /// A key; nil: Linux has none for it, or the host repeats it, which the guest does by itself.
  package static func key(scancode: UInt32, isPressed: Bool, isRepeated: Bool) -> InputEvent? {
    guard !isRepeated, let key = KeyCode(scancode: scancode) else { return nil }
    return .key(key, isPressed: isPressed)
  }

  /// A button, by SDL's number; nil: it is none of the five.
  package static func button(_ number: UInt8, isPressed: Bool) -> InputEvent? {
    let buttons: [PointerButton] = [.left, .middle, .right, .side, .extra]
    guard number >= 1, number <= buttons.count else { return nil }
    return .button(buttons[Int(number) - 1], isPressed: isPressed)
  }

  /// A turn of the wheel, in notches away from the user and to the right; nil: it is less than a unit. The host's own choice
  /// of a direction stays as it is.
  package mutating func wheel(vertical notchesAway: Float, horizontal notchesRight: Float) -> InputEvent? {
    let away = Self.units(notchesAway, &vertical)
    let right = Self.units(notchesRight, &horizontal)
    return away == 0 && right == 0 ? nil : .wheel(vertical: away, horizontal: right)
  }

  private static func units(_ notches: Float, _ rest: inout Double) -> Int32 {
    rest += Double(notches) * Double(InputEvent.notch)
    guard rest.isFinite, abs(rest) < 1_000_000 else {
      rest = 0
      return 0
    }
    let units = rest.rounded(.towardZero)
    rest -= units
    return Int32(units)
  }

  /// What a finger does; nil: there are more fingers than slots, or it does not touch.
  package mutating func touch(_ finger: Finger, _ phase: TouchPhase) -> InputEvent? {
    switch phase {
    case .down:
      let used = Set(fingers.values)
      guard let slot = fingers[finger] ?? (0...InputEvent.maximumSlot).first(where: { !used.contains($0) }) else {
        return nil
      }
      fingers[finger] = slot
      return .touch(slot: slot, phase)
    case .move: return fingers[finger].map { .touch(slot: $0, phase) }
    case .up: return fingers.removeValue(forKey: finger).map { .touch(slot: $0, phase) }
    }
  }

  /// Everything is up: the window lost the focus.
  package mutating func releaseAll() -> InputEvent {
    fingers = [:]
    return .releaseAll
  }
}

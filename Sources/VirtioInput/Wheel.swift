internal import Display

/// A wheel in one direction: counts what is left of a notch, for guests that know whole notches only.
struct Wheel {
  private let code: UInt16
  private let highResolution: UInt16
  private var rest: Int64 = 0

  init(code: UInt16, highResolution: UInt16) {
    self.code = code
    self.highResolution = highResolution
  }

  /// The events of a turn, in 120ths of a notch: whole notches first, then the exact way, as Linux's own drivers send them.
  mutating func events(_ way: Int32) -> [WireEvent] {
    guard way != 0 else { return [] }
    // Whoever turns back wants the first notch at its full length.
    if (rest < 0) != (way < 0) { rest = 0 }
    rest += Int64(way)
    let notch = Int64(InputEvent.notch)
    let notches = rest / notch
    rest -= notches * notch
    let exact = WireEvent(type: EventType.relative, code: highResolution, value: way)
    guard notches != 0 else { return [exact] }
    return [WireEvent(type: EventType.relative, code: code, value: Int32(clamping: notches)), exact]
  }
}

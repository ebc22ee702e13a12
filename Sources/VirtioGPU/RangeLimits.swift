/// The display range limits of an EDID 1.4 base block: the least and the most that a display can show.
struct RangeLimits {
  /// What the block's established timings need, of 640×480, 800×600 and 1024×768: hertz, kilohertz, tens of megahertz.
  private static let established = (hertz: UInt64(61), kilohertz: UInt64(49), tensOfMegahertz: UInt64(7))
  /// A byte says a rate up to 255, and 255 more with a flag.
  private static let highest: UInt64 = 510

  private let hertz: UInt64
  private let kilohertz: UInt64
  private let tensOfMegahertz: UInt64

  /// Limits that hold all of the timings and the established ones; nil: they lie beyond what the descriptor can say.
  init?(_ timings: [VideoTiming]) {
    hertz = timings.map(\.hertz).reduce(Self.established.hertz, max)
    kilohertz = timings.map(\.kilohertz).reduce(Self.established.kilohertz, max)
    tensOfMegahertz = timings.map { ($0.clock + 999) / 1000 }.reduce(Self.established.tensOfMegahertz, max)
    guard hertz <= Self.highest, kilohertz <= Self.highest, tensOfMegahertz <= UInt64(UInt8.max) else { return nil }
  }

  /// Which rates are 255 higher than their byte says: bit 1 the vertical one, bit 3 the horizontal one.
  var offsets: UInt8 { (hertz > 255 ? 0b0010 : 0) | (kilohertz > 255 ? 0b1000 : 0) }

  /// 1 Hz and 1 kHz up to what the timings need; no further timing formula.
  var content: [UInt8] {
    [1, Self.byte(hertz), 1, Self.byte(kilohertz), UInt8(clamping: tensOfMegahertz), 0x01, 0x0a]
      + Array(repeating: 0x20, count: 6)
  }

  private static func byte(_ rate: UInt64) -> UInt8 { UInt8(clamping: rate > 255 ? rate - 255 : rate) }
}

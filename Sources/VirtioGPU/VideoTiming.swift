internal import Display

/// The timing of a mode, by the reduced blanking of VESA's Coordinated Video Timings, version 1. Small and slow modes have
/// more blanking than that: programs that check EDIDs take a clock below 10 MHz for a mistake.
///
/// All horizontal figures are pixels, all vertical ones rows.
struct VideoTiming: Equatable {
  let active: Size
  let horizontalBlank: UInt32
  let horizontalFront: UInt32 = 48
  let horizontalSync: UInt32 = 32
  let verticalFront: UInt32 = 3
  let verticalSync: UInt32
  let verticalBlank: UInt32
  /// In units of 10 kHz, as EDID and DisplayID count.
  let clock: UInt64

  /// The shortest vertical blanking, in nanoseconds.
  private static let shortestBlank: UInt64 = 460_000
  /// In hertz.
  private static let slowestClock: UInt64 = 10_000_000
  /// The most pixels or rows of blanking that a detailed timing of EDID can say.
  static let maximumBlank: UInt32 = 4095

  /// The timing of a mode of at most 65,535 pixels a side and 1 to 1000 Hz; what lies beyond is taken for the limit.
  init(size: Size, refreshMillihertz: UInt32) {
    let size = Size(width: min(size.width, 65535), height: min(size.height, 65535))
    active = size
    let refresh = UInt64(min(max(1000, refreshMillihertz), 1_000_000))
    verticalSync = Self.syncRows(size)
    // As many rows as take 460 µs when `height` of them fill the rest of the frame's period.
    let period = 1_000_000_000_000 / refresh
    let drawing = max(1, period - min(period, Self.shortestBlank))
    let rows = UInt64(size.height) * Self.shortestBlank / drawing + 1
    let least = UInt64(verticalFront) + UInt64(verticalSync) + 6
    // Pixels and rows of a frame that is drawn slowly enough; the blanking of rows grows first.
    let frame = (Self.slowestClock * 1000 + refresh - 1) / refresh
    func blank(_ least: UInt64, _ active: UInt32, per other: UInt64) -> UInt32 {
      let wanted = (frame + other - 1) / other
      let more = min(wanted - min(wanted, UInt64(active)), UInt64(Self.maximumBlank))
      return UInt32(clamping: max(least, more))
    }
    verticalBlank = blank(max(rows, least), size.height, per: UInt64(size.width) + 160)
    let height = UInt64(size.height) + UInt64(verticalBlank)
    horizontalBlank = blank(160, size.width, per: height)
    clock = ((UInt64(size.width) + UInt64(horizontalBlank)) * height * refresh + 5_000_000) / 10_000_000
  }

  /// How often it is drawn, in hertz, rounded up: what a display must at least be able to do.
  var hertz: UInt64 { Self.quotient(10_000 * clock, UInt64(totalWidth) * UInt64(totalHeight)) }

  /// Rows in a second, in thousands, rounded up.
  var kilohertz: UInt64 { Self.quotient(10 * clock, UInt64(totalWidth)) }

  private var totalWidth: UInt32 { active.width + horizontalBlank }
  private var totalHeight: UInt32 { active.height + verticalBlank }

  private static func quotient(_ number: UInt64, _ divisor: UInt64) -> UInt64 {
    (number + divisor - 1) / divisor
  }

  /// The height of the sync pulse tells displays the aspect ratio.
  private static func syncRows(_ size: Size) -> UInt32 {
    let (width, height) = (UInt64(size.width), UInt64(size.height))
    if width * 3 == height * 4 { return 4 }
    if width * 9 == height * 16 { return 5 }
    if width * 10 == height * 16 { return 6 }
    if width * 4 == height * 5 || width * 9 == height * 15 { return 7 }
    return 10
  }
}

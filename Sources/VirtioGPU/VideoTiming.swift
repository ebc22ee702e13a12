internal import Display

/// The timing of a mode, by the reduced blanking of VESA's Coordinated Video Timings, version 1.
///
/// All horizontal figures are pixels, all vertical ones rows.
struct VideoTiming: Equatable {
  let active: Size
  let horizontalBlank: UInt32 = 160
  let horizontalFront: UInt32 = 48
  let horizontalSync: UInt32 = 32
  let verticalFront: UInt32 = 3
  let verticalSync: UInt32
  let verticalBlank: UInt32
  /// In units of 10 kHz, as EDID and DisplayID count; at least one, for without a clock there is no timing.
  let clock: UInt64

  /// The shortest vertical blanking, in nanoseconds.
  private static let shortestBlank: UInt64 = 460_000

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
    verticalBlank = UInt32(clamping: max(rows, least))
    let total = (UInt64(size.width) + 160) * (UInt64(size.height) + UInt64(verticalBlank))
    clock = max(1, (total * refresh + 5_000_000) / 10_000_000)
  }

  /// The height of the sync pulse tells monitors the aspect ratio.
  private static func syncRows(_ size: Size) -> UInt32 {
    let (width, height) = (UInt64(size.width), UInt64(size.height))
    if width * 3 == height * 4 { return 4 }
    if width * 9 == height * 16 { return 5 }
    if width * 10 == height * 16 { return 6 }
    if width * 4 == height * 5 || width * 9 == height * 15 { return 7 }
    return 10
  }
}

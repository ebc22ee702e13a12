internal import Display
internal import Wire

/// A detailed timing of an EDID base block, 18 bytes: sides and blanking up to 4095, a clock up to 655.35 MHz.
struct DetailedTiming {
  /// The largest width, height or blanking that it can say.
  static let longestSide = VideoTiming.maximumBlank

  /// The descriptor.
  let bytes: [UInt8]

  /// Nil when a figure does not fit its field.
  init?(_ timing: VideoTiming, _ millimetres: Size) {
    guard Self.canSay(timing) else { return nil }
    let (width, height) = (timing.active.width, timing.active.height)
    let (wide, high) = (min(millimetres.width, 4095), min(millimetres.height, 4095))
    var writer = ByteWriter(capacity: 18)
    writer.u16(UInt16(truncatingIfNeeded: timing.clock))
    writer.u8(Self.low(width))
    writer.u8(Self.low(timing.horizontalBlank))
    writer.u8(Self.nibbles(width >> 8, timing.horizontalBlank >> 8))
    writer.u8(Self.low(height))
    writer.u8(Self.low(timing.verticalBlank))
    writer.u8(Self.nibbles(height >> 8, timing.verticalBlank >> 8))
    writer.u8(Self.low(timing.horizontalFront))
    writer.u8(Self.low(timing.horizontalSync))
    writer.u8(Self.nibbles(timing.verticalFront, timing.verticalSync))
    writer.u8(0)
    writer.u8(Self.low(wide))
    writer.u8(Self.low(high))
    writer.u8(Self.nibbles(wide >> 8, high >> 8))
    writer.zeros(2)
    writer.u8(0x1a)  // Digital separate sync, horizontal positive, vertical negative: reduced blanking.
    bytes = writer.bytes
  }

  /// The timing that stands in for one that does not fit: the same size at 60 or 30 Hz, halved until its sides fit.
  /// It is smaller or slower, so that drivers that read both prefer the other.
  static func substitute(for timing: VideoTiming) -> VideoTiming {
    var size = timing.active
    while size.width > longestSide || size.height > longestSide {
      // Linux leaves out timings of sides below 64.
      size = Size(width: max(64, size.width / 2), height: max(64, size.height / 2))
    }
    let fast = VideoTiming(size: size, refreshMillihertz: 60_000)
    return canSay(fast) ? fast : VideoTiming(size: size, refreshMillihertz: 30_000)
  }

  private static func canSay(_ timing: VideoTiming) -> Bool {
    max(timing.active.width, timing.active.height, timing.horizontalBlank, timing.verticalBlank) <= longestSide
      && timing.clock <= UInt64(UInt16.max)
  }

  private static func low(_ value: UInt32) -> UInt8 { UInt8(value & 0xff) }

  private static func nibbles(_ high: UInt32, _ low: UInt32) -> UInt8 { UInt8((high & 15) << 4 | low & 15) }
}

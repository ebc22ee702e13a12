internal import Display
internal import Wire

/// What a monitor says of itself: an EDID 1.4 base block (VESA Enhanced EDID Standard, release A, revision 2), and for
/// modes that its fields cannot hold a DisplayID 1.3 extension block.
package struct EDID: Equatable {
  /// 128 bytes, or 256 with the extension; none where nothing is plugged in that could say anything.
  package let bytes: [UInt8]

  /// The largest width and height of a detailed timing in the base block.
  private static let longestSide: UInt32 = 4095

  /// Describes an output; `index` tells the monitors of one device apart.
  package init(_ output: Output, index: Int) {
    guard output.isEnabled else {
      bytes = []
      return
    }
    let timing = VideoTiming(size: output.size, refreshMillihertz: output.refreshMillihertz)
    let fits =
      output.size.width <= Self.longestSide && output.size.height <= Self.longestSide
      && timing.clock <= UInt64(UInt16.max)
    var blocks = Self.base(output, timing, index: index, extensions: fits ? 0 : 1)
    if !fits { blocks += Self.displayID(timing) }
    bytes = blocks
  }

  private static func base(_ output: Output, _ timing: VideoTiming, index: Int, extensions: UInt8) -> [UInt8] {
    var writer = ByteWriter(capacity: 256)
    writer.bytes([0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00])
    writer.bytes(manufacturer("SCN"))
    writer.u16(0x0001)  // Product.
    writer.u32(UInt32(truncatingIfNeeded: index + 1))  // Serial number.
    writer.bytes([0, 36])  // No week, and the year 2026.
    writer.bytes([1, 4])  // EDID 1.4.
    writer.u8(0xa5)  // Digital, 8 bits a colour, DisplayPort.
    writer.u8(UInt8(clamping: output.millimetres.width / 10))
    writer.u8(UInt8(clamping: output.millimetres.height / 10))
    writer.u8(120)  // Gamma 2.2.
    // RGB only; sRGB is the default colour space; the first timing, where there is one, is the native mode;
    // continuous frequency.
    writer.u8(0x07)
    // The chromaticities of sRGB.
    writer.bytes([0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54])
    writer.bytes([0x21, 0x08, 0x00])  // 640×480, 800×600 and 1024×768 at 60 Hz.
    for _ in 0..<8 { writer.bytes([0x01, 0x01]) }  // No standard timings.
    if extensions == 0 {
      writer.bytes(detailed(timing, output.millimetres))
    } else {
      writer.bytes(descriptor(0x10, []))  // The extension has the mode.
    }
    writer.bytes(descriptor(0xfc, text("Scanout \(index)")))
    writer.bytes(rangeLimits(output, timing))
    writer.bytes(descriptor(0x10, []))
    writer.u8(extensions)
    return withChecksum(writer.bytes)
  }

  /// Three letters in five bits each.
  private static func manufacturer(_ letters: String) -> [UInt8] {
    let code = letters.utf8.reduce(UInt16(0)) { $0 << 5 | UInt16($1 & 0x1f) }
    return [UInt8(code >> 8), UInt8(code & 0xff)]
  }

  /// A display descriptor of 18 bytes.
  private static func descriptor(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let body = content.prefix(13)
    return [0, 0, 0, tag, 0] + body + Array(repeating: 0, count: 13 - body.count)
  }

  /// Text of at most 13 bytes, ended by a line feed and filled with spaces.
  private static func text(_ text: String) -> [UInt8] {
    let letters = Array(text.utf8.prefix(13))
    guard letters.count < 13 else { return letters }
    return letters + [0x0a] + Array(repeating: 0x20, count: 12 - letters.count)
  }

  private static func rangeLimits(_ output: Output, _ timing: VideoTiming) -> [UInt8] {
    let hertz = UInt8(clamping: (UInt64(output.refreshMillihertz) + 999) / 1000)
    // At least what 1024×768 needs, which the block promises.
    let tensOfMegahertz = UInt8(clamping: max(7, timing.clock / 1000 + 1))
    // 1 Hz and 1 kHz up to what the mode needs; no further timing formula.
    return descriptor(0xfd, [1, max(1, hertz), 1, 255, tensOfMegahertz, 0x01, 0x0a] + Array(repeating: 0x20, count: 6))
  }

  /// A detailed timing of 18 bytes. Every field fits, for the mode was checked against the block's limits.
  private static func detailed(_ timing: VideoTiming, _ millimetres: Size) -> [UInt8] {
    let (width, height) = (timing.active.width, timing.active.height)
    let (wide, high) = (min(millimetres.width, 4095), min(millimetres.height, 4095))
    var writer = ByteWriter(capacity: 18)
    writer.u16(UInt16(truncatingIfNeeded: timing.clock))
    writer.u8(low(width))
    writer.u8(low(timing.horizontalBlank))
    writer.u8(nibbles(width >> 8, timing.horizontalBlank >> 8))
    writer.u8(low(height))
    writer.u8(low(timing.verticalBlank))
    writer.u8(nibbles(height >> 8, timing.verticalBlank >> 8))
    writer.u8(low(timing.horizontalFront))
    writer.u8(low(timing.horizontalSync))
    writer.u8(nibbles(timing.verticalFront, timing.verticalSync))
    writer.u8(0)
    writer.u8(low(wide))
    writer.u8(low(high))
    writer.u8(nibbles(wide >> 8, high >> 8))
    writer.zeros(2)
    writer.u8(0x1a)  // Digital separate sync, horizontal positive, vertical negative: reduced blanking.
    return writer.bytes
  }

  /// An extension block with one DisplayID section, which holds one type I detailed timing.
  private static func displayID(_ timing: VideoTiming) -> [UInt8] {
    var block = ByteWriter(capacity: 20)
    let clock = UInt32(min(timing.clock - 1, 0xff_ffff))
    block.u16(UInt16(truncatingIfNeeded: clock))
    block.u8(UInt8(truncatingIfNeeded: clock >> 16))
    block.u8(0x88)  // Preferred; aspect ratio not said.
    for value in [
      timing.active.width, timing.horizontalBlank, timing.horizontalFront | 1 << 15, timing.horizontalSync,
      timing.active.height, timing.verticalBlank, timing.verticalFront, timing.verticalSync,
    ] {
      block.u16(UInt16(truncatingIfNeeded: value &- 1))
    }
    let payload = [0x03, 0x00, UInt8(block.bytes.count)] + block.bytes
    // Version 1.3, a stand-alone display, no further section.
    let section = [0x13, UInt8(payload.count), 0x03, 0x00] + payload
    let complete = [0x70] + section + [checksum(section)]
    return withChecksum(complete + Array(repeating: 0, count: 127 - complete.count))
  }

  private static func low(_ value: UInt32) -> UInt8 { UInt8(value & 0xff) }

  private static func nibbles(_ high: UInt32, _ low: UInt32) -> UInt8 { UInt8((high & 15) << 4 | low & 15) }

  private static func withChecksum(_ block: [UInt8]) -> [UInt8] { block + [checksum(block)] }

  /// What makes all bytes add up to zero.
  private static func checksum(_ bytes: [UInt8]) -> UInt8 { 0 &- bytes.reduce(0, &+) }
}

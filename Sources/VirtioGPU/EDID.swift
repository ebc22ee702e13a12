internal import Display
internal import Wire

/// The EDID of an output: an EDID 1.4 base block (VESA Enhanced EDID Standard, release A, revision 2), and for
/// modes that its fields cannot hold a DisplayID 1.3 extension block.
package struct EDID: Equatable {
  static let manufacturer = "SCN"
  static let product: UInt16 = 1
  static let year = 2026
  /// 2.2, as EDID writes it.
  static let gamma: UInt8 = 120

  /// 128 bytes, or 256 with the extension; none for an output that is not enabled.
  package let bytes: [UInt8]

  /// Describes an output; `index` tells the outputs of one device apart.
  package init(_ output: Output, index: Int) {
    guard output.isEnabled else {
      bytes = []
      return
    }
    let timing = VideoTiming(size: output.size, refreshMillihertz: output.refreshMillihertz)
    let millimetres = Self.measured(output.millimetres)
    if let detailed = DetailedTiming(timing, millimetres) {
      bytes = Self.withChecksum(Self.base([timing], detailed, millimetres, index: index, extensions: 0))
      return
    }
    // The base block has to have a timing, and drivers that know no DisplayID take it.
    let substitute = DetailedTiming.substitute(for: timing)
    let base = Self.base(
      [timing, substitute], DetailedTiming(substitute, millimetres), millimetres, index: index, extensions: 1)
    bytes = Self.withChecksum(base) + Self.withChecksum(DisplayIDBlock(timing, millimetres, index: index).bytes)
  }

  static func serialNumber(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: index + 1) }

  /// The byte that makes the sum of all bytes 0 modulo 256.
  static func checksum(_ bytes: [UInt8]) -> UInt8 { 0 &- bytes.reduce(0, &+) }

  /// The physical size to state. The base block has it in centimetres, the timings in millimetres, and they must agree,
  /// so a size with a side below a centimetre is left out (0).
  private static func measured(_ size: Size) -> Size {
    size.width < 10 || size.height < 10 ? Size(width: 0, height: 0) : size
  }

  /// All but the checksum. The first of the timings is the native mode.
  private static func base(
    _ timings: [VideoTiming], _ detailed: DetailedTiming?, _ millimetres: Size, index: Int, extensions: UInt8
  ) -> [UInt8] {
    let limits = RangeLimits(timings)
    var writer = ByteWriter(capacity: 128)
    writer.bytes([0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00])
    writer.bytes(letters(manufacturer))
    writer.u16(product)
    writer.u32(serialNumber(index))
    writer.bytes([0, UInt8(year - 1990)])  // No week.
    writer.bytes([1, 4])  // EDID 1.4.
    writer.u8(0xa5)  // Digital, 8 bits a colour, DisplayPort.
    writer.u8(UInt8(clamping: millimetres.width / 10))
    writer.u8(UInt8(clamping: millimetres.height / 10))
    writer.u8(gamma)
    // RGB only; sRGB is the default colour space.
    var features: UInt8 = 0x04
    if extensions == 0 { features |= 0x02 }  // The first detailed timing is the native mode.
    if limits != nil { features |= 0x01 }  // Any rate within the limits.
    writer.u8(features)
    // The chromaticities of sRGB.
    writer.bytes([0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54])
    writer.bytes([0x21, 0x08, 0x00])  // 640×480, 800×600 and 1024×768 at 60 Hz.
    for _ in 0..<8 { writer.bytes([0x01, 0x01]) }  // No standard timings.
    writer.bytes(detailed?.bytes ?? descriptor(0x10, []))
    writer.bytes(descriptor(0xfc, text("Scanout \(index)")))
    writer.bytes(limits.map { descriptor(0xfd, $0.content, flags: $0.offsets) } ?? descriptor(0x10, []))
    writer.bytes(descriptor(0x10, []))
    writer.u8(extensions)
    return writer.bytes
  }

  /// Three letters in five bits each.
  private static func letters(_ letters: String) -> [UInt8] {
    let code = letters.utf8.reduce(UInt16(0)) { $0 << 5 | UInt16($1 & 0x1f) }
    return [UInt8(code >> 8), UInt8(code & 0xff)]
  }

  /// A display descriptor of 18 bytes.
  private static func descriptor(_ tag: UInt8, _ content: [UInt8], flags: UInt8 = 0) -> [UInt8] {
    let body = content.prefix(13)
    return [0, 0, 0, tag, flags] + body + Array(repeating: 0, count: 13 - body.count)
  }

  /// Text of at most 13 bytes, ended by a line feed and filled with spaces.
  private static func text(_ text: String) -> [UInt8] {
    let letters = Array(text.utf8.prefix(13))
    guard letters.count < 13 else { return letters }
    return letters + [0x0a] + Array(repeating: 0x20, count: 12 - letters.count)
  }

  private static func withChecksum(_ block: [UInt8]) -> [UInt8] { block + [checksum(block)] }
}

internal import Display
internal import Wire

/// An EDID extension block with one DisplayID 1.3 section, for a timing that the base block cannot say.
///
/// The section has what the standard asks of a display: the product, its size, its interface, and the timing.
struct DisplayIDBlock {
  /// 127 bytes: all of the block but its checksum.
  let bytes: [UInt8]

  init(_ timing: VideoTiming, _ millimetres: Size, index: Int) {
    let blocks = [
      Self.block(0x00, Self.product(index)), Self.block(0x01, Self.parameters(timing.active, millimetres)),
      // DisplayPort, one link; RGB of 8 bits a colour.
      Self.block(0x0f, [0xa1, 0x00, 0x02, 0, 0, 0, 0, 0, 0, 0]), Self.block(0x03, Self.detailed(timing)),
    ].joined()
    // Version 1.3, a stand-alone display, no further section.
    let section = [0x13, UInt8(truncatingIfNeeded: blocks.count), 0x03, 0x00] + blocks
    let complete = [0x70] + section + [EDID.checksum(section)]
    bytes = complete + Array(repeating: 0, count: 127 - complete.count)
  }

  private static func block(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    [tag, 0x00, UInt8(truncatingIfNeeded: content.count)] + content
  }

  private static func product(_ index: Int) -> [UInt8] {
    var writer = ByteWriter(capacity: 12)
    writer.bytes(Array(EDID.manufacturer.utf8))
    writer.u16(EDID.product)
    writer.u32(EDID.serialNumber(index))
    writer.bytes([0, UInt8(EDID.year - 2000)])  // No week.
    writer.u8(0)  // No name: the base block has it.
    return writer.bytes
  }

  private static func parameters(_ size: Size, _ millimetres: Size) -> [UInt8] {
    var writer = ByteWriter(capacity: 12)
    for side in [millimetres.width, millimetres.height] { writer.u16(UInt16(clamping: UInt64(side) * 10)) }
    for side in [size.width, size.height] { writer.u16(UInt16(clamping: side)) }
    writer.u8(0)  // No feature.
    writer.u8(EDID.gamma)
    // How much longer the long side is, in hundredths.
    let (short, long) = (UInt64(max(1, min(size.width, size.height))), UInt64(max(1, size.width, size.height)))
    writer.u8(UInt8(clamping: (100 * long + short / 2) / short - 100))
    writer.u8(0x77)  // 8 bits a colour, overall and natively.
    return writer.bytes
  }

  /// A type I detailed timing.
  private static func detailed(_ timing: VideoTiming) -> [UInt8] {
    var writer = ByteWriter(capacity: 20)
    let clock = UInt32(min(timing.clock - min(1, timing.clock), 0xff_ffff))
    writer.u16(UInt16(truncatingIfNeeded: clock))
    writer.u8(UInt8(truncatingIfNeeded: clock >> 16))
    writer.u8(0x88)  // Preferred; aspect ratio not said.
    for value in [
      timing.active.width, timing.horizontalBlank, timing.horizontalFront | 1 << 15, timing.horizontalSync,
      timing.active.height, timing.verticalBlank, timing.verticalFront, timing.verticalSync,
    ] {
      writer.u16(UInt16(truncatingIfNeeded: value &- 1))
    }
    return writer.bytes
  }
}

internal import Display
internal import Wire

/// The header of a PNG file.
struct PNGHeader: Sendable, Hashable {
  /// Bytes of its content.
  static let byteCount = 13
  /// What ``bits`` may be.
  static let validBits: Set<UInt8> = [1, 2, 4, 8, 16]

  let size: Size
  /// Bits of a sample: one of ``validBits``, unless the file is damaged.
  let bits: UInt8
  let colorType: UInt8
  let isInterlaced: Bool

  /// Reads the content of the header's chunk.
  init(reading reader: inout ByteReader) throws(TruncatedBytes) {
    size = try Size(width: reader.u32().byteSwapped, height: reader.u32().byteSwapped)
    bits = try reader.u8()
    colorType = try reader.u8()
    try reader.skip(2)
    isInterlaced = try reader.u8() != 0
  }

  /// True when each pixel has its own alpha.
  var hasAlphaChannel: Bool { colorType & PNGFormat.alphaBit != 0 }

  /// True when the file may name a transparent colour, or an alpha for each colour of a palette.
  var mayHaveTransparency: Bool { !hasAlphaChannel }

  /// Bits of a pixel before compression.
  var bitsPerPixel: UInt64 { UInt64(bits) * PNGFormat.channels(ofColorType: colorType) }
}

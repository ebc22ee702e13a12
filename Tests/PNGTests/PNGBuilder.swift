/// Builds PNG files by the letter of the specification, good ones and bad ones, without a compressor.
struct PNGBuilder {
  static let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]
  var bytes = signature

  /// A chunk with a right checksum, or the one given.
  func adding(_ name: String, _ content: [UInt8], checksum: UInt32? = nil) -> PNGBuilder {
    let body = Array(name.utf8) + content
    return PNGBuilder(bytes: bytes + big(UInt32(content.count)) + body + big(checksum ?? Self.crc(body)))
  }

  /// A header: width, height, bits a channel, colour type, interlacing.
  func header(_ width: UInt32, _ height: UInt32, bits: UInt8 = 8, color: UInt8 = 2, interlace: UInt8 = 0) -> PNGBuilder
  {
    adding("IHDR", big(width) + big(height) + [bits, color, 0, 0, interlace])
  }

  /// Image data, stored and not compressed. Each row starts with its filter byte.
  func data(_ rows: [UInt8]) -> PNGBuilder {
    let count = UInt16(rows.count)
    let length = [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
    return adding("IDAT", [0x78, 0x01, 0x01] + length + rows + big(Self.adler(rows)))
  }

  /// The checksum of an empty chunk.
  static func checksum(ofChunk name: String) -> [UInt8] { PNGBuilder().big(crc(Array(name.utf8))) }

  /// The file with a chunk after its header that states a hash.
  static func statingHash(_ file: [UInt8]) -> [UInt8] {
    file[..<33] + PNGBuilder(bytes: []).adding("soHS", [1] + Array(1...16)).bytes + file[33...]
  }

  var end: [UInt8] { adding("IEND", []).bytes }

  private func big(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    let (one, two) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let one = (sums.0 + UInt32(byte)) % 65521
      return (one, (sums.1 + one) % 65521)
    }
    return two << 16 | one
  }
}

/// Bits in the order in which deflate has them.
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  /// Writes bits, the lowest first; `reversed`: the highest first, as codes are.
  mutating func write(_ value: Int, _ count: Int, reversed: Bool = false) {
    for index in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      let bit = value >> (reversed ? count - 1 - index : index) & 1
      bytes[bytes.count - 1] |= UInt8(bit << used)
      used += 1
    }
  }
}

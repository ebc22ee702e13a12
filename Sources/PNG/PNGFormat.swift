internal import CZlib
internal import Display
internal import Wire

/// The few words of the PNG specification that are needed here.
enum PNGFormat {
  /// What every file starts with.
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Bytes of a chunk that are not its content: length, name, checksum.
  static let aroundChunk = 12

  /// The name of a chunk.
  enum Chunk: String {
    case header = "IHDR"
    /// Ours. The case of its letters says that a reader may ignore it, that it is private, and, by the last one, that
    /// an editor which changes pixels must drop it.
    case hash = "soHS"
    case data = "IDAT"
    case end = "IEND"
  }

  /// In the header's colour type, says that there is an alpha channel.
  static let alphaBit: UInt8 = 4

  /// How many values a pixel of a colour type has: an index of a palette, grey, or red, green and blue; and alpha.
  static func channels(ofColorType type: UInt8) -> UInt64 {
    (type & 1 == 0 && type & 2 != 0 ? 3 : 1) + (type & alphaBit != 0 ? 1 : 0)
  }

  /// The most bytes that one compressed byte becomes: deflate's shortest code is one bit, for 258 bytes at a time, and
  /// each needs two of them.
  static let maximumExpansion: UInt64 = 1032

  /// The form of the hash chunk: a version byte and the sixteen bytes.
  static let hashVersion: UInt8 = 1

  /// The bytes of a header that we write: eight bits a channel, or 16 where an image needs them, not interlaced.
  static func header(of image: Image) -> [UInt8] {
    var writer = ByteWriter(capacity: 13)
    // PNG is big-endian.
    writer.u32(image.size.width.byteSwapped)
    writer.u32(image.size.height.byteSwapped)
    writer.bytes([image.deep == nil ? 8 : 16, image.kind == .opaque ? 2 : 6, 0, 0, 0])
    return writer.bytes
  }

  /// The sum that ends a chunk, over its name and content.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    // Safe: the array is read during the call, and its length goes along.
    UInt32(truncatingIfNeeded: unsafe crc32_z(0, bytes, bytes.count))
  }
}

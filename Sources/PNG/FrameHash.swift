internal import CXXHash
internal import Display
internal import Wire

/// Says in 16 bytes which image this is: equal hashes, equal pixels, for all images that were not made to collide, as
/// ``Image/hasSamePixels(as:)`` defines equal.
///
/// It is XXH3-128 over twelve bytes and the bytes of a ``Image``. The twelve are width, height and the form, as
/// little-endian 32-bit integers: 0 for eight bits a sample and no transparent pixel, 1 for eight bits with transparent
/// pixels, 2 and 3 for the same with 16 bits, whose bytes are those of ``Image/deep`` in little-endian order. XXH3 is
/// fast and not cryptographic: a guest that chooses its pixels can make two images with one hash.
public struct FrameHash: Hashable, Sendable, CustomStringConvertible {
  /// How many bytes a hash has.
  static let byteCount = 16

  private let high: UInt64
  private let low: UInt64

  /// The hash of an image: that of its pixels, whatever its kind.
  public init(of image: Image) {
    self.init(of: image, isOpaque: image.isOpaque)
  }

  /// The hash under which a dump keeps a cursor's image: that of an image with alpha, also where no pixel of it is
  /// transparent. So it was from the first, and recordings are named by it.
  public init(ofCursor image: Image) {
    self.init(of: image, isOpaque: image.kind == .opaque)
  }

  private init(of image: Image, isOpaque: Bool) {
    var header = ByteWriter(capacity: 12)
    header.u32(image.size.width)
    header.u32(image.size.height)
    header.u32((isOpaque ? 0 : 1) + (image.deep == nil ? 0 : 2))
    // Safe: the state is made and freed here; the header and the pixels are read during the calls that are given them.
    let hash = unsafe Self.withBytes(of: image) { bytes, count in
      let state = unsafe XXH3_createState()
      defer { unsafe XXH3_freeState(state) }
      unsafe XXH3_128bits_reset(state)
      unsafe XXH3_128bits_update(state, header.bytes, header.bytes.count)
      unsafe XXH3_128bits_update(state, bytes, count)
      return unsafe XXH3_128bits_digest(state)
    }
    high = hash.high64
    low = hash.low64
  }

  @unsafe
  private static func withBytes<Result>(of image: Image, _ body: (UnsafeRawPointer, Int) -> Result) -> Result {
    // Safe: so many bytes are there, and `body` does not keep the pointer.
    if let deep = image.deep {
      return unsafe deep.withSamples { unsafe body(UnsafeRawPointer($0), deep.count * MemoryLayout<UInt16>.stride) }
    }
    // Safe: as above.
    return unsafe image.surface.withPixels { unsafe body(UnsafeRawPointer($0), image.byteCount) }
  }

  /// Reads the text form: 32 lower-case hexadecimal digits. Nil for anything else.
  public init?(_ text: String) {
    let digits = Array(text.utf8)
    let isDigit = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte) }
    guard
      digits.count == 2 * Self.byteCount, digits.allSatisfy(isDigit),
      let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.high = high
    self.low = low
  }

  /// 32 lower-case hexadecimal digits.
  public var description: String {
    [high, low].map { half in
      let digits = String(half, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// The hash in the order of its digits.
  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.u64(high.byteSwapped)
    writer.u64(low.byteSwapped)
    return writer.bytes
  }

  /// Reads what ``bytes`` wrote.
  init(reading reader: inout ByteReader) throws(TruncatedBytes) {
    high = try reader.u64().byteSwapped
    low = try reader.u64().byteSwapped
  }
}

extension FrameHash: Codable {
  /// Reads the text form.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let hash = FrameHash(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a hash has 32 hexadecimal digits"))
    }
    self = hash
  }

  /// Writes the text form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

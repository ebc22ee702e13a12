internal import CXXHash
internal import Display
internal import Wire

/// Says in 16 bytes which picture this is: equal hashes, equal pixels, for all pictures that were not made to collide.
///
/// It is XXH3-128 over twelve bytes (width, height, and 0 for opaque or 1 for alpha, as little-endian 32-bit integers)
/// and the bytes of a ``Picture``. XXH3 is fast and not cryptographic: who can choose the pixels can make two pictures
/// with one hash.
public struct FrameHash: Hashable, Sendable, CustomStringConvertible {
  /// How many bytes a hash has.
  static let byteCount = 16

  private let high: UInt64
  private let low: UInt64

  /// The hash of a picture.
  public init(of picture: Picture) {
    var header = ByteWriter(capacity: 12)
    header.u32(picture.size.width)
    header.u32(picture.size.height)
    header.u32(picture.kind == .opaque ? 0 : 1)
    // Safe: the state is made and freed here; the header and the pixels are read during the calls that are given them.
    let hash = unsafe picture.surface.withPixels { pixels in
      let state = unsafe XXH3_createState()
      defer { unsafe XXH3_freeState(state) }
      unsafe XXH3_128bits_reset(state)
      unsafe XXH3_128bits_update(state, header.bytes, header.bytes.count)
      unsafe XXH3_128bits_update(state, pixels, picture.byteCount)
      return unsafe XXH3_128bits_digest(state)
    }
    high = hash.high64
    low = hash.low64
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

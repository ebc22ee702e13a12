public import Display
internal import Glibc
public import LinuxIO
internal import Wire

/// A PNG file whose first bytes have been read: enough to know its size and, if it was written by ``PNGEncoder``, which
/// picture it holds.
///
/// Any PNG is read. Whatever is in the file, reading it takes no more memory than ``Picture/largestArea`` pixels and
/// ``largestFile`` bytes need.
public struct PNGFile: Sendable {
  /// The most bytes that a file may have: more than any picture of the largest area needs.
  public static let largestFile: UInt64 = 1 << 30

  /// The file, as it was named by who asked.
  public let name: String
  /// Width and height of the picture in pixels.
  public let size: Size
  /// Opaque, unless the file has an alpha channel. A single transparent colour counts as opaque.
  public let kind: Picture.Kind
  /// Says which picture it is, where the file says so. A file can lie; ``decode(as:)`` does not look at this.
  public let hash: FrameHash?
  /// The length of the file.
  public let byteCount: UInt64
  private let file: Descriptor

  /// Opens the file at `path`.
  public init(path: String) throws(PNGError) {
    // Safe: the path is only read, up to its zero. A pipe does not hold us, and is refused below.
    let raw = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard raw >= 0 else { throw PNGError(path, SystemError("open \(path)", code: errno)) }
    try self.init(Descriptor(owning: raw), name: path)
  }

  /// Reads the first bytes of an open file, which messages call `name`.
  public init(_ file: Descriptor, name: String) throws(PNGError) {
    let start: [UInt8]
    do throws(SystemError) {
      let status = try file.status()
      guard status.isRegular else { throw SystemError("open \(name)", code: EINVAL) }
      byteCount = status.size
      start = try file.read(Self.startCount, at: 0)
    } catch {
      throw PNGError(name, error)
    }
    guard start.starts(with: PNGFormat.signature) else {
      throw PNGError(name, PNGFormat.signature.starts(with: start) ? .truncated : .notPNG)
    }
    guard byteCount <= Self.largestFile else { throw PNGError(name, .tooLong(bytes: byteCount)) }
    let bitsPerPixel: UInt64
    do throws(TruncatedBytes) {
      var reader = ByteReader(start)
      try reader.skip(PNGFormat.signature.count)
      (size, kind, bitsPerPixel) = try Self.readHeader(&reader)
      hash = try? Self.readHash(&reader)
    } catch {
      throw PNGError(name, .truncated)
    }
    guard Picture.canHave(size) else { throw PNGError(name, .impossibleSize(size)) }
    // A header of a few bytes must not make us find room for millions of pixels that the file cannot hold.
    guard size.area * bitsPerPixel / 8 <= byteCount * PNGFormat.mostExpansion else { throw PNGError(name, .truncated) }
    self.file = file
    self.name = name
  }

  /// Decodes the picture.
  ///
  /// The values are those of the file, whose colours are taken as sRGB: alpha neither multiplied into them nor divided
  /// out. `kind` nil: as the file is. Asked for an opaque picture, alpha is left out.
  public func decode(as kind: Picture.Kind? = nil) throws(PNGError) -> Picture {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try file.read(Int(byteCount), at: 0)
    } catch {
      throw PNGError(name, error)
    }
    try checkEnd(bytes)
    do throws(PNGDecoder.Failure) {
      return try PNGDecoder.decode(bytes, size, kind ?? self.kind)
    } catch {
      throw PNGError(name, .damaged(error.words))
    }
  }

  /// Signature, header chunk, hash chunk.
  private static let startCount = 8 + 25 + 12 + 1 + FrameHash.byteCount

  /// Size, kind, and how many bits a pixel has before compression.
  private static func readHeader(
    _ reader: inout ByteReader
  ) throws(TruncatedBytes) -> (Size, Picture.Kind, bitsPerPixel: UInt64) {
    try reader.skip(8)
    let size = try Size(width: reader.u32().byteSwapped, height: reader.u32().byteSwapped)
    let bits = UInt64(try reader.u8())
    let colorType = try reader.u8()
    try reader.skip(7)
    let kind: Picture.Kind = colorType & PNGFormat.alphaBit != 0 ? .alpha : .opaque
    return (size, kind, bits * PNGFormat.channels(ofColorType: colorType))
  }

  private static func readHash(_ reader: inout ByteReader) throws(TruncatedBytes) -> FrameHash? {
    let length = try reader.u32().byteSwapped
    let name = try reader.bytes(4)
    let content = try reader.bytes(1 + FrameHash.byteCount)
    let sum = try reader.u32().byteSwapped
    guard
      length == 1 + FrameHash.byteCount, name == Array(PNGFormat.Chunk.hash.rawValue.utf8),
      content.first == PNGFormat.hashVersion, sum == PNGFormat.checksum(name + content)
    else { return nil }
    var hash = ByteReader(Array(content.dropFirst()))
    return try FrameHash(reading: &hash)
  }

  /// libpng's words for a file that ends early are many; ours are one.
  private func checkEnd(_ bytes: [UInt8]) throws(PNGError) {
    var reader = ByteReader(bytes)
    do throws(TruncatedBytes) {
      try reader.skip(PNGFormat.signature.count)
      while true {
        let length = try reader.u32().byteSwapped
        let chunk = try reader.bytes(4)
        try reader.skip(Int(length) + 4)
        if chunk == Array(PNGFormat.Chunk.end.rawValue.utf8) { return }
      }
    } catch {
      throw PNGError(name, .truncated)
    }
  }
}

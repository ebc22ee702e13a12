public import Display
internal import Glibc
public import LinuxIO
internal import Text
internal import Wire

/// A PNG file whose first bytes have been read: enough to know its size and, if it was written by ``PNGEncoder``, which
/// image it holds.
///
/// Any PNG is read. Whatever is in the file, reading it takes no more memory than ``Image/largestArea`` pixels of 4 bytes,
/// or of 12 with 16 bits a sample, and ``largestFile`` bytes need.
public struct PNGFile: Sendable {
  /// The most bytes that a file may have: more than any image of the largest area needs.
  public static let largestFile: UInt64 = 1 << 30

  /// The file, as it was named when it was opened.
  public let name: String
  /// Width and height of the image in pixels.
  public let size: Size
  /// Alpha when the file has an alpha channel. A file whose colours are transparent by a `tRNS` chunk is told apart from
  /// an opaque one by its ``content()`` only.
  public let kind: Image.Kind
  /// Says which image it is, where the file says so. A file can lie; ``decode(as:)`` does not look at this.
  ///
  /// Equal hashes of two files mean equal pixels. Different ones mean different pixels if both are of an opaque
  /// ``kind``; an image whose alpha is full everywhere may state that it has alpha.
  public let hash: FrameHash?
  /// The length of the file.
  public let byteCount: UInt64
  private let header: PNGHeader
  private let file: Descriptor

  /// Opens the file at `path`.
  public init(path: String) throws(PNGError) {
    // Safe: the path is only read, up to its zero. A pipe does not hold us, and is refused below.
    let raw = unsafe open(path.systemPath, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
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
    guard !start.isEmpty else { throw PNGError(name, .empty) }
    guard start.starts(with: PNGFormat.signature) else {
      throw PNGError(name, Self.reason(ofStart: start))
    }
    guard byteCount <= Self.largestFile else { throw PNGError(name, .tooLong(bytes: byteCount)) }
    do throws(PNGError.Problem) {
      (header, hash) = try Self.readStart(start)
    } catch {
      throw PNGError(name, error.reason)
    }
    size = header.size
    kind = header.hasAlphaChannel ? .alpha : .opaque
    guard Image.canHave(size) else { throw PNGError(name, .impossibleSize(size)) }
    guard PNGHeader.validBits.contains(header.bits) else {
      throw PNGError(name, .damaged("its header has \(header.bits) bits a sample: 1, 2, 4, 8 or 16 are possible"))
    }
    // A header of a few bytes must not make us find room for millions of pixels that the file cannot hold.
    guard size.area * header.bitsPerPixel / 8 <= byteCount * PNGFormat.maximumExpansion else {
      throw PNGError(name, .truncated)
    }
    self.file = file
    self.name = name
  }

  /// Reads all bytes and checks their structure: the length and checksum of each chunk, the end, and that nothing comes
  /// after it. What is cut off, damaged or changed since it was opened is an error, whatever hash it states.
  public func content() throws(PNGError) -> PNGContent {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try file.read(Int(byteCount), at: 0)
    } catch {
      throw PNGError(name, error)
    }
    let start = Array(bytes.prefix(Self.startCount))
    guard let again = try? Self.readStart(start), again.header == header, again.hash == hash else {
      throw PNGError(name, bytes.count < Self.headerEnd ? .truncated : .damaged("it changed while it was read"))
    }
    return try PNGContent(bytes, name: name, header: header, hash: hash)
  }

  /// Decodes the image: ``content()``, and then ``PNGContent/decode(as:)``.
  public func decode(as kind: Image.Kind? = nil) throws(PNGError) -> Image {
    try content().decode(as: kind)
  }

  /// Signature, header chunk, hash chunk.
  private static let startCount = 8 + 25 + 12 + 1 + FrameHash.byteCount
  /// Signature and header chunk.
  private static let headerEnd = 8 + 25

  /// Reads the header and, if it follows, the hash.
  private static func readStart(_ start: [UInt8]) throws(PNGError.Problem) -> (header: PNGHeader, hash: FrameHash?) {
    let chunk: [UInt8]
    let header: PNGHeader
    var reader = ByteReader(start)
    do throws(TruncatedBytes) {
      try reader.skip(PNGFormat.signature.count + 4)
      chunk = try reader.bytes(4)
      header = try PNGHeader(reading: &reader)
      try reader.skip(4)
    } catch {
      throw PNGError.Problem(.truncated)
    }
    guard chunk != Array("CgBI".utf8) else { throw PNGError.Problem(.appleForm) }
    guard chunk == Array(PNGFormat.Chunk.header.rawValue.utf8) else {
      throw PNGError.Problem(.damaged("its first chunk is not a header (IHDR)"))
    }
    return (header, try? readHash(&reader))
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

  /// Why a file without the signature cannot be read.
  private static func reason(ofStart start: [UInt8]) -> PNGError.Reason {
    if PNGFormat.signature.starts(with: start) { return .truncated }
    return start.starts(with: Array("version https://git-lfs".utf8)) ? .unfetched : .notPNG
  }
}

public import Display

/// All bytes of a PNG file, with its structure checked: the length and checksum of each chunk, the end, and nothing after
/// it. ``PNGFile/content()`` gives it, in microseconds for an ordinary frame.
///
/// To compare files of any origin, read both contents first: if ``hasSameBytes(as:)``, they hold the same pixels
/// without any decoding, and otherwise each is decoded once.
public struct PNGContent: Sendable {
  /// The file, as it was named when it was opened.
  public let name: String
  /// Width and height of the image in pixels.
  public let size: Size
  /// Alpha where the file has it: as a channel, or by a `tRNS` chunk.
  public let kind: Image.Kind
  /// Bits of a sample in the file: 1, 2, 4, 8 or 16.
  public let bits: Int
  /// The hash that the file states. Nothing has compared it with the pixels.
  public let hash: FrameHash?
  /// What the file says about colours, all of which is ignored.
  public let color: ColorInformation
  /// The bytes of the file.
  public let bytes: [UInt8]
  private let header: PNGHeader

  init(_ bytes: [UInt8], name: String, header: PNGHeader, hash: FrameHash?) throws(PNGError) {
    let walk: ChunkWalk
    do throws(PNGError.Problem) {
      walk = try ChunkWalk(bytes)
    } catch {
      throw PNGError(name, error.reason)
    }
    self.name = name
    self.bytes = bytes
    self.header = header
    self.hash = hash
    size = header.size
    bits = Int(header.bits)
    kind = header.hasAlphaChannel || walk.hasTransparency ? .alpha : .opaque
    color = walk.color
  }

  /// True when both files have the same bytes, and so the same pixels.
  public func hasSameBytes(as other: PNGContent) -> Bool { bytes == other.bytes }

  /// Decodes the image.
  ///
  /// The samples are those of the file: no colour is converted, and alpha is neither multiplied into them nor divided
  /// out. `kind` nil: as the file is. Asked for an opaque image, alpha is left out. Throws ``PNGError`` with
  /// ``PNGError/Reason/damaged(_:)`` when the data is not what the header promises; no more of it is expanded than that.
  public func decode(as kind: Image.Kind? = nil) throws(PNGError) -> Image {
    do throws(PNGDecoder.Failure) {
      return try PNGDecoder.decode(
        bytes, header, kind ?? self.kind, isOpaque: self.kind == .opaque, isOurs: hash != nil)
    } catch {
      throw PNGError(name, .damaged(error.reason))
    }
  }
}

internal import CPixels
public import Display
internal import Glibc

/// Pixels in the one form in which they are hashed, stored and compared, whatever format they were shown in.
///
/// The form is `PixelFormat.b8g8r8a8` in rows without gaps. An opaque image has alpha 255 everywhere, so
/// that bytes which mean nothing never make two images differ. Where a file has 16 bits a sample and eight do not say
/// the same, its samples are in ``deep``. An image is written by one thread at a time.
public final class Image: Sendable {
  /// What the alpha bytes mean.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Nothing: what a scanout shows is opaque.
    case opaque
    /// How much each pixel covers, as a cursor's image has it; the colours are kept as they are.
    case alpha
  }

  /// The most pixels that a file may hold: 512 MiB of them, and twice as much again with 16 bits a sample. It bounds what a file can make its reader allocate; who
  /// writes files keeps to it.
  public static let largestArea: UInt64 = 1 << 27

  /// True when an image may have this size: sides that a surface can have, and no more than ``largestArea``.
  public static func canHave(_ size: Size) -> Bool {
    !size.isEmpty && max(size.width, size.height) <= Surface.largestSide && size.area <= largestArea
  }

  /// Opaque or with alpha.
  public let kind: Kind
  /// The pixels. Writers of an opaque image keep its alpha 255, as the methods here do. Of an image with
  /// ``deep`` samples, these are the nearest values of eight bits, and are not written to.
  public let surface: Surface
  /// The samples of 16 bits, for an image that cannot do without.
  public let deep: DeepSamples?

  /// Width and height in pixels.
  public var size: Size { surface.size }

  /// A black image; one with alpha is clear.
  public init(size: Size, kind: Kind = .opaque) throws(SurfaceError) {
    self.kind = kind
    deep = nil
    surface = try Surface(size: size, format: .b8g8r8a8)
    if kind == .opaque { surface.fill(Rectangle(size), with: .black) }
  }

  /// A copy of what a surface shows.
  public convenience init(copying source: Surface, kind: Kind = .opaque) throws(SurfaceError) {
    try self.init(size: source.size, kind: kind)
    try copy(Rectangle(source.size), of: source, to: .zero)
  }

  /// Copies `rectangle` of a surface to the place of `corner`, converting its pixels; what lies outside is left out.
  public func copy(_ rectangle: Rectangle, of source: Surface, to corner: Point) throws(SurfaceError) {
    var source = source
    if kind == .opaque, source.format.hasAlpha {
      source = try Surface(Rectangle(source.size), of: source, as: source.format.opaque)
    }
    surface.copy(rectangle, of: source, to: corner)
  }

  /// An image of pixels that were read for it.
  init(surface: Surface, deep: DeepSamples?, kind: Kind) {
    self.surface = surface
    self.deep = deep
    self.kind = kind
  }

  /// True when both have the same size and every pixel is the same: the one definition of equal.
  ///
  /// A pixel is the same when red, green, blue and alpha are, to the last bit, whatever alpha is: clear black is not
  /// opaque black, nor clear white. An image without alpha is one whose alpha is full everywhere. A sample of eight bits
  /// is the one of 16 bits that is 257 times as large. ``FrameHash`` agrees with this.
  public func hasSamePixels(as other: Image) -> Bool {
    guard size == other.size else { return false }
    if self === other { return true }
    switch (deep, other.deep) {
    case (nil, nil):
      // Safe: both have rows without gaps, so each has as many bytes as the other, and they are read during the call.
      return unsafe surface.withPixels { mine in
        unsafe other.surface.withPixels { theirs in
          unsafe memcmp(mine, theirs, byteCount) == 0
        }
      }
    case (let mine?, let theirs?):
      // Safe: as above.
      return unsafe mine.withSamples { first in
        unsafe theirs.withSamples { second in
          unsafe memcmp(first, second, mine.count * MemoryLayout<UInt16>.stride) == 0
        }
      }
    case (nil, _?), (_?, nil):
      // Only what eight bits cannot say is kept in 16.
      return false
    }
  }

  /// True when no pixel is transparent.
  public var isOpaque: Bool {
    if kind == .opaque { return true }
    if let deep { return deep.isOpaque }
    // Safe: rows have no gaps, and so many pixels are there.
    return unsafe surface.withPixels { pixels in
      unsafe cpixels_is_opaque(pixels.assumingMemoryBound(to: UInt8.self), Int(size.area), 4) != 0
    }
  }

  /// Its samples in 16 bits, where v of eight bits is v times 257. Throws when there is no memory for them.
  package func samples() throws(SurfaceError) -> DeepSamples {
    if let deep { return deep }
    guard let samples = DeepSamples(size: size) else { throw SurfaceError(size: size, format: surface.format) }
    // Safe: both have as many pixels, in rows without gaps.
    unsafe surface.withPixels { pixels in
      unsafe samples.withMutableSamples {
        unsafe cpixels_widen(pixels.assumingMemoryBound(to: UInt8.self), $0, Int(size.area))
      }
    }
    return samples
  }

  /// Makes every pixel of a surface of this form opaque, and keeps its colours as they are.
  static func fillAlpha(of surface: Surface) {
    // Safe: rows have no gaps, and so many pixels are there.
    unsafe surface.withPixels { pixels in
      unsafe cpixels_fill_alpha(pixels.assumingMemoryBound(to: UInt8.self), Int(surface.size.area), 4)
    }
  }

  /// Bytes of all its pixels.
  var byteCount: Int { surface.stride * Int(size.height) }
}

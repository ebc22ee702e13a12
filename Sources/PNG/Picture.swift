public import Display
internal import Glibc

/// Pixels in the one form in which they are hashed, stored and compared, whatever format they were shown in.
///
/// The form is `PixelFormat.b8g8r8a8` in rows without gaps. An opaque picture has alpha 255 everywhere, so
/// that bytes which mean nothing never make two pictures differ. A picture is written by one thread at a time.
public final class Picture: Sendable {
  /// What the alpha bytes mean.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Nothing: what a scanout shows is opaque.
    case opaque
    /// How much each pixel covers, as a pointer's image has it; the colours are kept as they are.
    case alpha
  }

  /// The most pixels that a file may hold, 512 MiB of them. It bounds what a file can make its reader allocate; who
  /// writes files keeps to it.
  public static let largestArea: UInt64 = 1 << 27

  /// True when a picture may have this size: sides that a surface can have, and no more than ``largestArea``.
  public static func canHave(_ size: Size) -> Bool {
    !size.isEmpty && max(size.width, size.height) <= Surface.largestSide && size.area <= largestArea
  }

  /// Opaque or with alpha.
  public let kind: Kind
  /// The pixels. Whoever writes to an opaque picture keeps its alpha 255, as the methods here do.
  public let surface: Surface

  /// Width and height in pixels.
  public var size: Size { surface.size }

  /// A black picture; one with alpha is clear.
  public init(size: Size, kind: Kind = .opaque) throws(SurfaceError) {
    self.kind = kind
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

  /// True when both have the same size and kind and every pixel is the same.
  public func hasSamePixels(as other: Picture) -> Bool {
    guard size == other.size, kind == other.kind else { return false }
    // Safe: both have rows without gaps, so each has as many bytes as the other, and they are read during the call.
    return unsafe surface.withPixels { mine in
      unsafe other.surface.withPixels { theirs in
        unsafe memcmp(mine, theirs, byteCount) == 0
      }
    }
  }

  /// A copy of another kind. Made opaque, it loses its alpha and keeps its colours as they are.
  func converted(to kind: Kind) throws(SurfaceError) -> Picture {
    try Picture(copying: surface, kind: kind)
  }

  /// Bytes of all its pixels.
  var byteCount: Int { surface.stride * Int(size.height) }
}

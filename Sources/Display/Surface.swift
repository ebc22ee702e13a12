internal import CPixman
internal import Glibc

/// Pixels that can be shown: a rectangle of memory with a format and a stride.
///
/// A surface either owns its memory or looks into that of another surface or owner, which it keeps alive. Coordinates
/// are pixels from its own top left corner. Reading and writing are unsynchronised: the thread that received a surface
/// in an event may read it until ``DisplaySink/receive(_:on:at:)`` returns; who needs it later copies.
@safe
public final class Surface: @unchecked Sendable {
  /// The largest width and height, in pixels: what pixman's 16-bit coordinates reach.
  public static let largestSide: UInt32 = 32767

  /// Width and height, each 1 to ``largestSide``.
  public let size: Size
  /// How a pixel lies in memory.
  public let format: PixelFormat
  /// Bytes from a pixel to the one below it; a multiple of four.
  public let stride: Int

  private let owner: AnyObject?
  private let ownedMemory: UnsafeMutableRawPointer?
  private let base: UnsafeMutableRawPointer
  private let image: OpaquePointer

  /// A surface with memory of its own, every byte zero, rows without gaps.
  public convenience init(size: Size, format: PixelFormat) throws(SurfaceError) {
    let stride = Int(size.width) * PixelFormat.bytesPerPixel
    guard Self.canHave(size), let memory = unsafe calloc(Int(size.height), stride) else {
      throw SurfaceError(size: size, format: format)
    }
    // Safe: the memory has `height` rows of `stride` bytes, and `deinit` gives it back.
    try unsafe self.init(size: size, format: format, stride: stride, base: memory, owned: memory, owner: nil)
  }

  /// A part of another surface: the same memory, seen from the corner of `rectangle`, which lies inside `surface`.
  /// The format may differ in what its alpha byte means.
  public convenience init(
    _ rectangle: Rectangle, of surface: Surface, as format: PixelFormat? = nil
  ) throws(SurfaceError) {
    let format = format ?? surface.format
    guard rectangle.isInside(surface.size), Self.canHave(rectangle.size) else {
      throw SurfaceError(size: rectangle.size, format: format)
    }
    let offset = Int(rectangle.y) * surface.stride + Int(rectangle.x) * PixelFormat.bytesPerPixel
    // Safe: the rectangle lies inside the surface, so its corner and rows lie inside the memory, which `owner` keeps.
    try unsafe self.init(
      size: rectangle.size, format: format, stride: surface.stride, base: surface.base + offset, owned: nil,
      owner: surface)
  }

  /// A view of memory that somebody else owns.
  ///
  /// `base` points to `height` rows of `stride` bytes that stay readable and writable while `owner` lives; both are
  /// multiples of four.
  @unsafe
  public convenience init(
    size: Size, format: PixelFormat, stride: Int, base: UnsafeMutableRawPointer, owner: AnyObject
  ) throws(SurfaceError) {
    try unsafe self.init(size: size, format: format, stride: stride, base: base, owned: nil, owner: owner)
  }

  private init(
    size: Size, format: PixelFormat, stride: Int, base: UnsafeMutableRawPointer, owned: UnsafeMutableRawPointer?,
    owner: AnyObject?
  ) throws(SurfaceError) {
    self.size = size
    self.format = format
    self.stride = stride
    self.owner = owner
    unsafe ownedMemory = owned
    unsafe self.base = base
    // Safe: pixman keeps the pointer, whose memory this object owns or keeps alive, and checks the stride itself.
    guard
      Self.canHave(size), stride >= Int(size.width) * PixelFormat.bytesPerPixel,
      // pixman multiplies rows by strides in 32 bits.
      stride <= Int(Int32.max) / Int(size.height),
      let image = unsafe pixman_image_create_bits(
        format.pixman, Int32(size.width), Int32(size.height), base.assumingMemoryBound(to: UInt32.self), Int32(stride))
    else {
      unsafe free(owned)
      throw SurfaceError(size: size, format: format)
    }
    unsafe self.image = image
  }

  deinit {
    // Safe: both were made by `init` and are given back once.
    unsafe pixman_image_unref(image)
    unsafe free(ownedMemory)
  }

  /// True when each side of `size` is 1 to ``largestSide``.
  package static func canHave(_ size: Size) -> Bool {
    !size.isEmpty && size.width <= largestSide && size.height <= largestSide
  }

  /// Copies pixels, converting the format: `rectangle` of `source` goes to the place of `corner` here. What lies
  /// outside either surface is left out. Where `source` has no alpha, the alpha here becomes 255.
  public func copy(_ rectangle: Rectangle, of source: Surface, to corner: Point) {
    composite(PIXMAN_OP_SRC, rectangle, of: source, at: corner)
  }

  /// Draws all of `source` over what is here, by its premultiplied alpha, with its corner at `corner`.
  public func draw(_ source: Surface, over corner: Point) {
    composite(PIXMAN_OP_OVER, Rectangle(source.size), of: source, at: corner)
  }

  /// Gives every pixel of `rectangle` that lies here one colour.
  public func fill(_ rectangle: Rectangle, with color: Color) {
    guard let part = rectangle.intersection(Rectangle(size)) else { return }
    var box = pixman_box32_t(
      x1: Int32(part.x), y1: Int32(part.y), x2: Int32(part.endX), y2: Int32(part.endY))
    var color = color.pixman
    // Safe: both arguments are read during the call, and pixman clips the box to the image.
    _ = unsafe pixman_image_fill_boxes(PIXMAN_OP_SRC, image, &color, 1, &box)
  }

  /// Lends the first pixel; rows lie ``stride`` bytes apart. Write only to a surface that is yours. The pointer must
  /// not leave the closure.
  @unsafe
  public func withPixels<Result, Failure: Error>(
    _ body: (UnsafeMutableRawPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(base)
  }

  /// Lends the pixman image of these pixels to the targets that convert them in other ways.
  @unsafe
  package func withImage<Result>(_ body: (OpaquePointer) -> Result) -> Result {
    defer { withExtendedLifetime(self) {} }
    return unsafe body(image)
  }

  private func composite(_ operation: pixman_op_t, _ rectangle: Rectangle, of source: Surface, at corner: Point) {
    guard let part = rectangle.intersection(Rectangle(source.size)) else { return }
    // A part that was clipped on its left or top starts further into the target as well.
    let (x, y) = (Int64(corner.x) + Int64(part.x - rectangle.x), Int64(corner.y) + Int64(part.y - rectangle.y))
    let reach = Int64(Self.largestSide)
    guard (-reach...reach).contains(x), (-reach...reach).contains(y) else { return }
    // Safe: pixman clips the operation to both images.
    unsafe pixman_image_composite32(
      operation, source.image, nil, image, Int32(part.x), Int32(part.y), 0, 0, Int32(x), Int32(y), Int32(part.width),
      Int32(part.height))
    withExtendedLifetime(source) {}
  }
}

/// Memory for pixels that cannot be had.
public struct SurfaceError: Error, Equatable, CustomStringConvertible {
  /// What was asked for.
  public let size: Size
  /// In which format.
  public let format: PixelFormat

  /// A surface that was asked for in vain.
  public init(size: Size, format: PixelFormat) {
    self.size = size
    self.format = format
  }

  /// A sentence.
  public var description: String {
    "a surface of \(size) \(format.rawValue) pixels cannot be made: its sides must be 1 to "
      + "\(Surface.largestSide) pixels, and the memory must be there"
  }
}

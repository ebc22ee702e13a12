internal import CPixman
internal import Glibc
public import LinuxIO

/// Pixels in memory, with a size, a format and a stride.
///
/// A surface either owns its memory or looks into that of another surface or owner, which it keeps alive. When the memory is
/// that of a file, ``file`` says where, so that another process can map it instead of receiving a copy. Coordinates are pixels from its own top left corner. Reading and writing are unsynchronised: the thread that received a surface
/// in an event may read it until ``DisplaySink/receive(_:on:at:)`` returns; a sink that needs it later copies.
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

  /// True when nothing but this program has the memory, so that any thread may read the pixels as long as this object lives.
  /// What it reads while the source writes is a mixture of two frames, until the source says what was damaged.
  ///
  /// False for the memory of a guest: the guest takes it back.
  package let ownsMemory: Bool

  private let owner: AnyObject?
  /// The mapping that has the pixels, if one does, and where they start in it.
  private let memory: MappedMemory?
  private let memoryOffset: Int
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
    try unsafe self.init(
      size: size, format: format, stride: stride, base: memory, owned: memory, owner: nil, ownsMemory: true)
  }

  /// A view of a mapping: rows of `stride` bytes, a multiple of four, the first of which starts `offset` bytes into
  /// `memory`. Throws when the mapping does not have all pixels, or the first one is not at a multiple of four.
  ///
  /// `owner`, if there is one, lives as long as the surface does.
  public convenience init(
    size: Size, format: PixelFormat, stride: Int, memory: MappedMemory, offset: Int, owner: AnyObject? = nil
  ) throws(SurfaceError) {
    try self.init(
      size: size, format: format, stride: stride, memory: memory, offset: offset, owner: owner, ownsMemory: false)
  }

  /// The same; with `ownsMemory` true nothing but this program has the memory.
  convenience init(
    size: Size, format: PixelFormat, stride: Int, memory: MappedMemory, offset: Int, owner: AnyObject?, ownsMemory: Bool
  ) throws(SurfaceError) {
    guard Self.canHave(size), let span = Self.span(size, stride: stride), offset >= 0, span <= memory.count,
      offset <= memory.count - span
    else { throw SurfaceError(size: size, format: format) }
    // Safe: the mapping has `span` bytes from `offset`, which are the rows, and stays where it is while the surface keeps it.
    let base = unsafe memory.withBytes { unsafe $0.baseAddress.map { unsafe $0 + offset } }
    guard let base = unsafe base, UInt(bitPattern: base) % UInt(PixelFormat.bytesPerPixel) == 0 else {
      throw SurfaceError(size: size, format: format)
    }
    // Safe: as above.
    try unsafe self.init(
      size: size, format: format, stride: stride, base: base, owned: nil, owner: owner, memory: memory,
      memoryOffset: offset, ownsMemory: ownsMemory)
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
      owner: surface, memory: surface.memory, memoryOffset: surface.memoryOffset + offset,
      ownsMemory: surface.ownsMemory)
  }

  /// A view of memory that another object owns.
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
    owner: AnyObject?, memory: MappedMemory? = nil, memoryOffset: Int = 0, ownsMemory: Bool = false
  ) throws(SurfaceError) {
    self.size = size
    self.format = format
    self.stride = stride
    self.owner = owner
    self.memory = memory
    self.memoryOffset = memoryOffset
    self.ownsMemory = ownsMemory
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

  /// Where the pixels lie in a file; nil when they are in plain memory, in parts of files that do not lie side by side, or in
  /// memory that a peer tore away.
  public var file: SurfaceFile? {
    guard let memory, let span = Self.span(size, stride: stride),
      let range = memory.fileRange(at: memoryOffset, count: span)
    else { return nil }
    return SurfaceFile(file: range.file, offset: range.offset, stride: stride)
  }

  /// Bytes from the first to the last pixel, both included; nil when the stride is shorter than a row or no multiple of four,
  /// or the sum overflows.
  private static func span(_ size: Size, stride: Int) -> Int? {
    let row = Int(size.width) * PixelFormat.bytesPerPixel
    guard size.height > 0, stride >= row, stride % PixelFormat.bytesPerPixel == 0 else { return nil }
    let (rows, overflows) = stride.multipliedReportingOverflow(by: Int(size.height) - 1)
    let (span, wraps) = rows.addingReportingOverflow(row)
    return overflows || wraps ? nil : span
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

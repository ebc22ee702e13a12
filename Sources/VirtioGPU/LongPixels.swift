internal import Display
internal import Glibc

/// The pixels of a 2D resource with a side that no surface has: pixman's coordinates end at ``Surface/largestSide``.
///
/// A driver may make such a resource, fill it and destroy it; a scanout cannot show it, and a cursor is smaller. Linux asks
/// for what its programs ask for, such as a buffer of 262144 × 1.
@safe
final class LongPixels {
  /// Width and height in pixels.
  let size: Size
  private let base: UnsafeMutableRawPointer

  /// Pixels whose bytes are all zero, rows without gaps; nil: the host has no memory for them.
  init?(size: Size) {
    guard !size.isEmpty, let rowCount = Self.rowCount(size), let memory = unsafe calloc(Int(size.height), rowCount)
    else { return nil }
    self.size = size
    unsafe base = memory
  }

  deinit {
    // Safe: `init` made it, and it is given back once.
    unsafe free(base)
  }

  /// Bytes of a row; nil: the number of all bytes is not one that memory can have.
  private static func rowCount(_ size: Size) -> Int? {
    let rowCount = Int(size.width) * PixelFormat.bytesPerPixel
    return rowCount.multipliedReportingOverflow(by: Int(size.height)).overflow ? nil : rowCount
  }

  /// Copies `rectangle`, which lies inside, from the run of a backing. Its first pixel lies at `offset` there, and rows are
  /// as long as these; the caller has checked that the run has them.
  func transfer(_ rectangle: Rectangle, from backing: Backing, offset: UInt64) {
    guard !rectangle.isEmpty, rectangle.isInside(size) else { return }
    let stride = Int(size.width) * PixelFormat.bytesPerPixel
    let start = Int(rectangle.y) * stride + Int(rectangle.x) * PixelFormat.bytesPerPixel
    // Safe: the rectangle lies inside, and its source inside the backing.
    unsafe backing.copy(
      from: offset, rows: Int(rectangle.height), of: Int(rectangle.width) * PixelFormat.bytesPerPixel,
      stride: UInt64(stride), to: base + start, stride: stride)
  }

  /// Four bytes of a pixel, in the order of their addresses; nil: it is outside.
  func pixel(_ x: UInt32, _ y: UInt32) -> [UInt8]? {
    guard x < size.width, y < size.height else { return nil }
    let start = (Int(y) * Int(size.width) + Int(x)) * PixelFormat.bytesPerPixel
    // Safe: the pixel lies inside.
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base + start, count: PixelFormat.bytesPerPixel))
  }
}

extension Device {
  /// Four bytes of a pixel of a 2D resource with a long side, in the order of their addresses, for tests: nothing shows it.
  /// Nil: there is no such pixel.
  package func longPixel(_ x: UInt32, _ y: UInt32, of resourceID: UInt32) -> [UInt8]? {
    guard case .longPixels(let pixels) = resources[resourceID]?.kind else { return nil }
    return pixels.pixel(x, y)
  }
}

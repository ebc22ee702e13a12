internal import Display
internal import Glibc

/// The pixels of a 2D resource with a side longer than ``Surface/largestSide``, the limit of pixman's coordinates.
///
/// A driver may create, fill and destroy such a resource, but no scanout can show it, and it is larger than any cursor.
/// Linux creates one when a program asks for it, such as a buffer of 262144 × 1.
@safe
final class LongPixels {
  /// Width and height in pixels.
  let size: Size
  private let base: UnsafeMutableRawPointer

  /// Makes pixels whose bytes are all zero, in rows without gaps; nil when the host has no memory for them.
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

  /// Bytes of a row; nil when the number of all bytes overflows.
  private static func rowCount(_ size: Size) -> Int? {
    let rowCount = Int(size.width) * PixelFormat.bytesPerPixel
    return rowCount.multipliedReportingOverflow(by: Int(size.height)).overflow ? nil : rowCount
  }

  /// Copies `rectangle`, which lies inside, from a backing, where its first pixel is at byte `offset` and rows have the
  /// same stride as here. The caller has checked that the backing has these bytes.
  func transfer(_ rectangle: Rectangle, from backing: Backing, offset: UInt64) {
    guard !rectangle.isEmpty, rectangle.isInside(size) else { return }
    let stride = Int(size.width) * PixelFormat.bytesPerPixel
    let start = Int(rectangle.y) * stride + Int(rectangle.x) * PixelFormat.bytesPerPixel
    // Safe: the rectangle lies inside, and its source inside the backing.
    unsafe backing.copy(
      from: offset, rows: Int(rectangle.height), of: Int(rectangle.width) * PixelFormat.bytesPerPixel,
      stride: UInt64(stride), to: base + start, stride: stride)
  }

  /// The four bytes of a pixel, in the order of their addresses; nil when the pixel is outside.
  func pixel(_ x: UInt32, _ y: UInt32) -> [UInt8]? {
    guard x < size.width, y < size.height else { return nil }
    let start = (Int(y) * Int(size.width) + Int(x)) * PixelFormat.bytesPerPixel
    // Safe: the pixel lies inside.
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base + start, count: PixelFormat.bytesPerPixel))
  }
}

extension Device {
  /// The four bytes of a pixel of a 2D resource with a long side, in the order of their addresses; nil when there is no
  /// such pixel. For tests, because no scanout shows such a resource.
  package func longPixel(_ x: UInt32, _ y: UInt32, of resourceID: UInt32) -> [UInt8]? {
    guard case .longPixels(let pixels) = resources[resourceID]?.kind else { return nil }
    return pixels.pixel(x, y)
  }
}

internal import Display
internal import Virtqueue

/// A picture on the host that the guest draws into by transfers (specification: "2D resource").
final class Resource {
  let id: UInt32
  /// The pixels, of which scanouts show parts.
  let surface: Surface
  var backing: Backing?

  init(id: UInt32, size: Size, format: PixelFormat) throws(SurfaceError) {
    self.id = id
    surface = try Surface(size: size, format: format)
  }

  /// Bytes of the pixels.
  var byteCount: UInt64 { UInt64(surface.stride) * UInt64(surface.size.height) }

  /// Copies `rectangle`, which lies inside the picture, from the backing. Its first pixel lies at `offset` there, and
  /// rows are as long as the picture's. False when the backing ends before the last pixel.
  func transfer(_ rectangle: Rectangle, from backing: Backing, offset: UInt64) -> Bool {
    let stride = UInt64(surface.stride)
    let rowCount = Int(rectangle.width) * PixelFormat.bytesPerPixel
    guard !rectangle.isEmpty else { return true }
    // Below 2³² rows of below 2¹⁷ bytes: only the sum with the guest's offset can wrap.
    let span = stride * UInt64(rectangle.height - 1) + UInt64(rowCount)
    let (end, wraps) = offset.addingReportingOverflow(span)
    guard !wraps, end <= backing.count else { return false }
    let start = Int(rectangle.y) * surface.stride + Int(rectangle.x) * PixelFormat.bytesPerPixel
    // Safe: the rectangle lies inside the picture, and `end` inside the backing.
    unsafe surface.withPixels { pixels in
      if rowCount == surface.stride {
        unsafe backing.copy(from: offset, count: Int(span), to: pixels + start)
      } else {
        for row in 0..<Int(rectangle.height) {
          unsafe backing.copy(
            from: offset + stride * UInt64(row), count: rowCount, to: pixels + start + surface.stride * row)
        }
      }
    }
    return true
  }
}

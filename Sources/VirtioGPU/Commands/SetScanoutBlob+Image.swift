internal import Display
internal import Virtqueue

/// The image that the command describes in a blob.
extension SetScanoutBlob {
  /// Where the last pixel ends, in bytes; sides are below 2¹⁶ and strides below 2³², so nothing wraps.
  var end: UInt64 {
    UInt64(offsets[0]) + UInt64(strides[0]) * UInt64(height - 1) + UInt64(width) * UInt64(PixelFormat.bytesPerPixel)
  }

  /// Where the first pixel of a part of the image lies, in bytes.
  func start(of part: Rectangle) -> UInt64 {
    UInt64(offsets[0]) + UInt64(strides[0]) * UInt64(part.y) + UInt64(part.x) * UInt64(PixelFormat.bytesPerPixel)
  }

  /// Requires an image that lies in a blob of `size` bytes.
  func requireImage(in size: UInt64) throws(CommandError) {
    let image = Size(width: width, height: height)
    guard !image.isEmpty else {
      throw CommandError(.invalidParameter, "invalid size \(image): width and height must be positive")
    }
    try image.requireShowable()
    guard PixelFormat(wire: format) != nil else {
      throw CommandError(.invalidParameter, "there is no format \(format)")
    }
    let pixel = UInt32(PixelFormat.bytesPerPixel)
    guard strides[0] >= width * pixel, strides[0] % pixel == 0,
      UInt64(strides[0]) * UInt64(height) <= UInt64(Int32.max),
      offsets[0] % pixel == 0,
      strides[1...].allSatisfy({ $0 == 0 }), offsets[1...].allSatisfy({ $0 == 0 }), end <= size
    else {
      throw CommandError(
        .invalidParameter,
        "invalid strides \(strides) and offsets \(offsets) for \(image) pixels in \(size) bytes: must be one plane, in "
          + "multiples of \(pixel) bytes, inside the blob")
    }
    guard !rectangle.isEmpty, rectangle.isInside(image) else {
      throw CommandError(.invalidParameter, "\(rectangle) is empty or not inside \(image)")
    }
  }

  /// The image in memory that has all of it; nil: its first pixel is not aligned as pixels are.
  func surface(in range: GuestRange) -> Surface? {
    guard let format = PixelFormat(wire: format), end <= UInt64(range.count) else { return nil }
    return try? Surface(
      size: Size(width: width, height: height), format: format, stride: Int(strides[0]), memory: range.mapping,
      offset: range.offset + Int(offsets[0]))
  }
}

public import Display

/// Frame in a buffer that both ends share, as DMABUF_SCANOUT and DMABUF_SCANOUT2 describe it.
///
/// Every number is the peer's and unchecked, except that ``size`` is not empty.
public struct SharedScanout: Hashable, Sendable {
  /// The part of the buffer that is shown, in pixels. QEMU ignores its position, and shows the whole buffer.
  public var area: Rectangle
  /// Size of the buffer in pixels.
  public var bufferSize: Size
  /// Bytes from a pixel of the buffer to the one below it.
  public var stride: UInt32
  /// True: the first row of the buffer is the lowest one of the frame.
  public var isFlipped: Bool
  /// Pixel format, in DRM's four characters (`XR24`).
  public var fourcc: UInt32
  /// How pixels lie in the buffer, in DRM's numbers; nil: DMABUF_SCANOUT, which does not say.
  public var modifier: UInt64?

  /// A frame of these numbers.
  public init(
    area: Rectangle, bufferSize: Size, stride: UInt32, isFlipped: Bool = false, fourcc: UInt32, modifier: UInt64? = nil
  ) {
    self.area = area
    self.bufferSize = bufferSize
    self.stride = stride
    self.isFlipped = isFlipped
    self.fourcc = fourcc
    self.modifier = modifier
  }

  /// Size of the frame in pixels.
  public var size: Size { area.size }
}

/// Frame in a file, as ``DisplaySocketRequest/surface`` describes it: a surface of the back end that the front end maps.
public struct FileScanout: Hashable, Sendable {
  /// Size in pixels.
  public var size: Size
  /// Pixel format.
  public var format: PixelFormat
  /// Bytes from a pixel to the one below it.
  public var stride: UInt32
  /// Where the first pixel lies in the file, in bytes.
  public var offset: UInt64

  /// A frame of these numbers.
  public init(size: Size, format: PixelFormat, stride: UInt32, offset: UInt64) {
    self.size = size
    self.format = format
    self.stride = stride
    self.offset = offset
  }
}

extension PixelFormat {
  /// The format of these four characters of DRM, read as a little-endian number; nil: none of the eight.
  public init?(fourcc: UInt32) {
    guard let format = Self.allCases.first(where: { $0.fourcc == fourcc }) else { return nil }
    self = format
  }

  /// The four characters that DRM names the format by, as a little-endian number.
  public var fourcc: UInt32 {
    let name: StaticString =
      switch self {
      case .b8g8r8a8: "AR24"
      case .b8g8r8x8: "XR24"
      case .a8r8g8b8: "BA24"
      case .x8r8g8b8: "BX24"
      case .r8g8b8a8: "AB24"
      case .r8g8b8x8: "XB24"
      case .a8b8g8r8: "RA24"
      case .x8b8g8r8: "RX24"
      }
    return name.description.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}

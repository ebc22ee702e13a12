package import CPixman

/// Format of a pixel in memory: four bytes, named in the order of their addresses.
///
/// These are the eight formats of virtio-gpu (specification: `enum virtio_gpu_formats`). `x` bytes mean nothing and may
/// hold anything; alpha is premultiplied, as the cursor planes of Linux have it.
public enum PixelFormat: String, CaseIterable, Hashable, Sendable, Codable {
  /// Blue first, then green, red, alpha. DRM: `AR24`.
  case b8g8r8a8
  /// Blue first, then green, red, nothing. DRM: `XR24`, what Linux consoles and compositors use.
  case b8g8r8x8
  /// Alpha first. DRM: `BA24`.
  case a8r8g8b8
  /// Nothing first. DRM: `BX24`.
  case x8r8g8b8
  /// Red first, alpha last. DRM: `AB24`.
  case r8g8b8a8
  /// Nothing first, red last. DRM: `RX24`.
  case x8b8g8r8
  /// Alpha first, red last. DRM: `RA24`.
  case a8b8g8r8
  /// Red first, nothing last. DRM: `XB24`.
  case r8g8b8x8

  /// Bytes of one pixel, in all eight.
  public static let bytesPerPixel = 4

  /// True when the format has an alpha byte.
  public var hasAlpha: Bool {
    switch self {
    case .b8g8r8a8, .a8r8g8b8, .r8g8b8a8, .a8b8g8r8: true
    case .b8g8r8x8, .x8r8g8b8, .x8b8g8r8, .r8g8b8x8: false
    }
  }

  /// The same order of colours with the alpha byte meaning nothing: how a scanout shows it.
  public var opaque: PixelFormat {
    switch self {
    case .b8g8r8a8, .b8g8r8x8: .b8g8r8x8
    case .a8r8g8b8, .x8r8g8b8: .x8r8g8b8
    case .r8g8b8a8, .r8g8b8x8: .r8g8b8x8
    case .a8b8g8r8, .x8b8g8r8: .x8b8g8r8
    }
  }

  /// The same order of colours with the fourth byte as alpha: how a cursor is shown.
  public var translucent: PixelFormat {
    switch self {
    case .b8g8r8a8, .b8g8r8x8: .b8g8r8a8
    case .a8r8g8b8, .x8r8g8b8: .a8r8g8b8
    case .r8g8b8a8, .r8g8b8x8: .r8g8b8a8
    case .a8b8g8r8, .x8b8g8r8: .a8b8g8r8
    }
  }

  /// pixman names formats by their place in a native 32-bit word, most significant byte first; the hosts are
  /// little-endian, so its names read backwards.
  package var pixman: pixman_format_code_t {
    switch self {
    case .b8g8r8a8: PIXMAN_a8r8g8b8
    case .b8g8r8x8: PIXMAN_x8r8g8b8
    case .a8r8g8b8: PIXMAN_b8g8r8a8
    case .x8r8g8b8: PIXMAN_b8g8r8x8
    case .r8g8b8a8: PIXMAN_a8b8g8r8
    case .x8b8g8r8: PIXMAN_r8g8b8x8
    case .a8b8g8r8: PIXMAN_r8g8b8a8
    case .r8g8b8x8: PIXMAN_x8b8g8r8
    }
  }
}

/// Colour with eight bits a channel, premultiplied by its alpha.
public struct Color: Hashable, Sendable {
  /// Red, 0 to 255.
  public var red: UInt8
  /// Green, 0 to 255.
  public var green: UInt8
  /// Blue, 0 to 255.
  public var blue: UInt8
  /// 255: opaque.
  public var alpha: UInt8

  /// A colour; opaque unless `alpha` says otherwise.
  public init(red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8 = 255) {
    self.red = red
    self.green = green
    self.blue = blue
    self.alpha = alpha
  }

  /// All channels 0, opaque.
  public static let black = Color(red: 0, green: 0, blue: 0)

  var pixman: pixman_color_t {
    pixman_color_t(
      red: UInt16(red) * 257, green: UInt16(green) * 257, blue: UInt16(blue) * 257, alpha: UInt16(alpha) * 257)
  }
}

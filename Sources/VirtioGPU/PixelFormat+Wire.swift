public import Display

extension PixelFormat {
  /// The format that the wire calls `code` (specification: `enum virtio_gpu_formats`); nil for any other value.
  public init?(wire code: UInt32) {
    guard let format = Self.allCases.first(where: { $0.wire == code }) else { return nil }
    self = format
  }

  /// The value of `enum virtio_gpu_formats`.
  public var wire: UInt32 {
    switch self {
    case .b8g8r8a8: 1
    case .b8g8r8x8: 2
    case .a8r8g8b8: 3
    case .x8r8g8b8: 4
    case .r8g8b8a8: 67
    case .x8b8g8r8: 68
    case .a8b8g8r8: 121
    case .r8g8b8x8: 134
    }
  }
}

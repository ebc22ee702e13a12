public import Display

/// An invalid message of a back end over the display socket.
public enum DisplayProtocolError: Error, Equatable, CustomStringConvertible {
  /// No negotiated message has this number.
  case unknownRequest(UInt32)
  /// The payload's length is wrong for this message.
  case payload(request: UInt32, count: UInt32)
  /// The message came with descriptors, and takes none or fewer.
  case descriptors(request: UInt32, count: Int)
  /// The scanout's number is not 0 to 15.
  case noScanout(UInt32)
  /// A scanout's sides are neither both 1 to 16384 pixels, nor both 0.
  case size(Size)
  /// A rectangle is not inside the frame of this size; nil: the scanout is off.
  case outside(Rectangle, of: Size?)
  /// The number of bytes after the fields does not fit the fields.
  case pixels(request: UInt32, count: Int, of: Int)
  /// The format of a surface is none of the eight of virtio-gpu.
  case unknownFormat(UInt32)
  /// The back end closed the socket in the middle of a message.
  case endedInside

  /// A sentence.
  public var description: String {
    switch self {
    case .unknownRequest(let number): "message \(number) is unknown or was not negotiated"
    case .payload(let request, let count):
      "message \(request) has a payload of \(count) bytes\(Self.expectation(request))"
    case .descriptors(let request, let count):
      "message \(request) came with \(count) descriptors: at most \(Self.descriptorLimit(request)) allowed"
    case .noScanout(let number): "invalid scanout \(number): 0 to 15 allowed"
    case .size(let size):
      "invalid scanout size \(size): both sides must be 0, or 1 to \(DisplaySocketRequest.largestSide) pixels"
    case .outside(let rectangle, let size):
      "invalid rectangle \(rectangle): \(size.map { "must be inside the frame of \($0)" } ?? "the scanout is off")"
    case .pixels(let request, let count, let expected):
      "message \(request) has \(count) bytes of pixels: \(expected) expected"
    case .unknownFormat(let fourcc):
      "unknown pixel format 0x\(String(fourcc, radix: 16)): must be one of virtio-gpu's eight"
    case .endedInside: "the back end closed the socket in the middle of a message"
    }
  }

  private static func expectation(_ request: UInt32) -> String {
    guard let sizes = DisplaySocketRequest(rawValue: request)?.payloadSizes else { return "" }
    return sizes.count == 1 ? ": \(sizes.lowerBound) expected" : ": \(sizes.lowerBound) to \(sizes.upperBound) expected"
  }

  private static func descriptorLimit(_ request: UInt32) -> Int {
    DisplaySocketRequest(rawValue: request)?.descriptorCounts.upperBound ?? 0
  }
}

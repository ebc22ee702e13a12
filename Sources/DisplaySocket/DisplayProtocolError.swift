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
  /// The pixels of a buffer lie in another way than row by row. The number is DRM's.
  case modifier(UInt64)
  /// Rows of this stride from this offset cannot be the pixels of a frame.
  case layout(request: UInt32, stride: UInt32, offset: UInt64)
  /// The file that came with a message cannot be mapped.
  case file(request: UInt32, reason: String)
  /// All frames together need more memory than is allowed.
  case tooManyBytes(Int, allowed: Int)
  /// The number of a frame is less than that of the frame before, or the scanout is off.
  case frameNumber(UInt64, after: UInt64?)
  /// An input event is of no known kind, or its first number is out of range.
  case input(kind: UInt32, UInt32)
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
    case .modifier(let modifier):
      "a buffer has the format modifier 0x\(String(modifier, radix: 16)): only linear buffers (0) can be read here"
    case .layout(let request, let stride, let offset):
      "message \(request) has a stride of \(stride) and an offset of \(offset) bytes: both must be multiples of 4, and a "
        + "stride at least a row"
    case .file(let request, let reason): "the file of message \(request) cannot be used: \(reason)"
    case .tooManyBytes(let count, let limit): "the frames need \(count) bytes of memory: at most \(limit) allowed"
    case .frameNumber(let number, let last):
      if let last {
        "frame \(number) came after frame \(last): numbers must not decrease"
      } else {
        "frame \(number) came for a scanout that is off"
      }
    case .input(let kind, let number): "invalid input event \(kind) with the number \(number)"
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

public import Display

/// An invalid message of a back end over the display socket.
public enum DisplayProtocolError: Error, Equatable, CustomStringConvertible {
  /// No message that was agreed on has this number.
  case unknownRequest(UInt32)
  /// The payload has a length that this message cannot have.
  case payload(request: UInt32, count: UInt32)
  /// Descriptors that the message has no use for.
  case descriptors(request: UInt32, count: Int)
  /// There are 16 scanouts at most.
  case noScanout(UInt32)
  /// A scanout has two sides of 1 to 16384 pixels, or two of none.
  case size(Size)
  /// A part of a frame that is not inside it; nil: the scanout is off.
  case outside(Rectangle, of: Size?)
  /// The pixels are not as many as their rectangle has.
  case pixels(Rectangle, count: Int)
  /// It left in the middle of a message.
  case endedInside

  /// A sentence.
  public var description: String {
    switch self {
    case .unknownRequest(let number): "it sent the message \(number), which is unknown or was not agreed on"
    case .payload(let request, let count): "it sent the message \(request) with \(count) bytes, which it cannot have"
    case .descriptors(let request, let count):
      "it sent the message \(request) with \(count) descriptors, which it has no use for"
    case .noScanout(let number): "it named the scanout \(number), where there are 16"
    case .size(let size):
      "it made a scanout of \(size), where sides are 1 to \(DisplaySocketRequest.largestSide) pixels"
    case .outside(let rectangle, let size):
      "it sent \(rectangle) of a frame \(size.map { "of \($0)" } ?? "of a scanout that is off")"
    case .pixels(let rectangle, let count): "it sent \(count) bytes as the pixels of \(rectangle)"
    case .endedInside: "it left in the middle of a message"
    }
  }
}

/// Bytes that are not a message of this protocol. Where the next message starts cannot be known after one, so it ends
/// the session.
public enum ProtocolError: Error, Equatable, CustomStringConvertible {
  /// The flags name a version other than 1.
  case version(flags: UInt32)
  /// A reply came where a request was expected, or the other way round.
  case direction(flags: UInt32)
  /// A payload longer than any message has.
  case tooLong(request: UInt32, count: UInt32)
  /// A payload of a length that this message cannot have.
  case payload(UInt32, found: Int, allowed: ClosedRange<Int>)
  /// More or fewer descriptors than this message carries.
  case descriptors(UInt32, found: Int, allowed: ClosedRange<Int>)
  /// A request of a back end with a payload or descriptors that it cannot have.
  case backEndRequest(UInt32, count: Int, descriptorCount: Int)
  /// A message of `count` bytes came as the reply to this request of the back end, and is not the awaited reply.
  case backEndReply(UInt32, count: Int)
  /// Descriptors were lost on the way: too many in one message, or too many open in this process.
  case lostDescriptors
  /// The peer left in the middle of a message, of which this many bytes had come.
  case endedInside(count: Int)

  /// A sentence.
  public var description: String {
    switch self {
    case .version(let flags): "a message has the flags 0x\(String(flags, radix: 16)), and version 1 was expected"
    case .direction(let flags):
      "a message has the flags 0x\(String(flags, radix: 16)): a reply and a request were mixed up"
    case .tooLong(let request, let count):
      "\(Self.name(request)) claims \(count) bytes of payload, and \(MessageHeader.largestPayload) are the most"
    case .payload(let request, let found, let allowed):
      "\(Self.name(request)) has \(found) bytes of payload, and \(Self.words(allowed)) were expected"
    case .descriptors(let request, let found, let allowed):
      "\(Self.name(request)) came with \(found) descriptors, and \(Self.words(allowed)) were expected"
    case .backEndRequest(let request, let count, let descriptorCount):
      "the back end's request \(request) is invalid: \(count) bytes of payload and \(descriptorCount) descriptors"
    case .backEndReply(let request, let count):
      "\(count) bytes came as the reply to the back end's request \(request), and were not awaited"
    case .lostDescriptors:
      "a message lost descriptors: more than \(FrontEndRequest.maximumDescriptors) came, or this process has too many open"
    case .endedInside(let count): "the peer left after \(count) bytes of a message"
    }
  }

  /// How a message is called in a log.
  static func name(_ request: UInt32) -> String {
    FrontEndRequest(rawValue: request).map { "\($0) (\(request))" } ?? "request \(request)"
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }
}

/// A request that was understood and cannot be granted.
public struct RefusedRequest: Error, Equatable, CustomStringConvertible {
  /// Which message, by its number.
  public let request: UInt32
  /// Why not.
  public let reason: String

  /// A sentence.
  public var description: String {
    "\(ProtocolError.name(request)) was refused: \(reason)"
  }
}

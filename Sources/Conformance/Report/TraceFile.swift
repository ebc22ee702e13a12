internal import LinuxIO
internal import VhostUser
internal import Wire

/// Messages of vhost-user between a front end and a back end, as a trace has them.
public struct TraceFile: Equatable, Sendable {
  /// Message of a trace.
  public struct TracedMessage: Equatable, Sendable {
    /// True: it went to the back end.
    public let isSent: Bool
    /// The name of the request, or of the request that it replies to.
    public let name: String
    /// Flags of its header.
    public let flags: UInt32
    /// How many descriptors went along.
    public let descriptorCount: Int
    /// What follows the header.
    public let payload: [UInt8]
  }

  /// A line that does not have the form of a line of a trace.
  public struct Invalid: Error, Equatable, CustomStringConvertible {
    /// A sentence.
    public let description: String

    init(line: Int, _ reason: String) {
      description = "Invalid line \(line) of the trace: \(reason)."
    }
  }

  /// The most messages that a file may have.
  static let maximumMessages = 100_000
  /// The messages in their order.
  public let messages: [TracedMessage]

  /// Reads the text of a trace. Lines about the guest, the display and the back end's own channel are passed over, as well as comments. A payload
  /// that the trace shortened cannot be sent again, and is refused.
  public init(_ text: String) throws(Invalid) {
    var messages: [TracedMessage] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard let message = try Self.message(String(line), number: index + 1) else { continue }
      guard messages.count < Self.maximumMessages else {
        throw Invalid(line: index + 1, "there are more than \(Self.maximumMessages) messages")
      }
      messages.append(message)
    }
    self.messages = messages
  }

  private static func message(_ line: String, number: Int) throws(Invalid) -> TracedMessage? {
    let words = line.split(separator: " ", omittingEmptySubsequences: true)
    guard let first = words.first, first.first != "#" else { return nil }
    guard words.count >= 3, [">", "<", "-"].contains(words[1]) else {
      throw Invalid(line: number, "it must have a time, one of > < -, and a socket")
    }
    guard words[2] == "vhost-user:" else { return nil }
    guard words.count == 7, words[1] != "-" else {
      throw Invalid(line: number, "a message has a name and three fields")
    }
    guard let flags = field("flags=0x", words[4]).flatMap({ UInt32($0, radix: 16) }),
      let descriptors = field("fds=", words[5]).flatMap({ Int($0) }),
      (0...FrontEndRequest.maximumDescriptors).contains(descriptors),
      let payload = field("payload=", words[6]).flatMap(bytes)
    else { throw Invalid(line: number, "its fields must be flags=0x…, fds=… and payload=…") }
    return TracedMessage(
      isSent: words[1] == ">", name: String(words[3]), flags: flags, descriptorCount: descriptors, payload: payload)
  }

  private static func field(_ name: String, _ word: Substring) -> Substring? {
    word.hasPrefix(name) ? word.dropFirst(name.count) : nil
  }

  /// The bytes of pairs of hexadecimal digits.
  private static func bytes(_ digits: Substring) -> [UInt8]? {
    let digits = Array(digits.utf8)
    guard digits.count % 2 == 0, digits.count <= 2 * MessageHeader.largestPayload else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digit(digits[index]), let low = digit(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

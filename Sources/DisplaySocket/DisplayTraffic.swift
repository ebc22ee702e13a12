/// The messages that a back end has sent over its display socket so far.
public struct DisplayTraffic: Equatable, Sendable {
  /// Updates whose pixels came over the socket.
  public var updates = 0
  /// The bytes of those pixels.
  public var pixelBytes: UInt64 = 0
  /// Updates of a buffer that both sides share.
  public var sharedUpdates = 0
  /// Changes of cursor images.
  public var cursorUpdates = 0
  /// How the conversation ended; nil: it goes on.
  public var end: DisplayEnd?

  /// Nothing yet.
  public init() {}
}

/// How a conversation over a display socket ended.
public enum DisplayEnd: Equatable, Sendable, CustomStringConvertible {
  /// One of the two closed the socket.
  case closed
  /// The back end broke the protocol, and the socket was closed.
  case protocolError(DisplayProtocolError)
  /// The socket failed.
  case system(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .closed: "the display socket was closed"
    case .protocolError(let error): "the back end broke the display protocol: \(error)"
    case .system(let sentence): "the display socket failed: \(sentence)"
    }
  }
}

/// How a ``DisplaySocketSource`` ended.
public enum DisplaySocketSourceEnd: Error, Equatable, CustomStringConvertible {
  /// The back end closed the socket, between two messages.
  case closed
  /// The back end has said that its source has ended.
  case ended
  /// The back end broke the protocol or a limit.
  case refused(DisplayProtocolError)
  /// The socket or this machine failed.
  case failed(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .closed: "the back end closed the display socket"
    case .ended: "the back end has ended, and has sent its last frame"
    case .refused(let error): "the back end broke the display protocol: \(error)"
    case .failed(let reason): "the display socket failed: \(reason)"
    }
  }
}

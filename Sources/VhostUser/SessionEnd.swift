public import LinuxIO

/// Why a connection is over.
public enum SessionEnd: Error, Equatable, CustomStringConvertible {
  /// The front end closed it between two messages: a virtual machine that went off.
  case frontEndLeft
  /// This side was asked to stop.
  case stopped
  /// What came was not the protocol.
  case protocolError(ProtocolError)
  /// A request could not be granted, and its sender did not ask to be told.
  case refused(RefusedRequest)
  /// The front end shortened a file under guest memory that was in use.
  case memoryTorn
  /// It sent the start of a message, and not the rest within this many seconds.
  case halfMessage(seconds: Int)
  /// The socket failed.
  case connectionFailed(SystemError)

  /// Sorts a failed call on the socket: a peer that was killed is a peer that left.
  init(_ error: SystemError) {
    self = error.isDisconnection ? .frontEndLeft : .connectionFailed(error)
  }

  /// True when neither side made a mistake.
  public var isOrderly: Bool {
    self == .frontEndLeft || self == .stopped
  }

  /// A sentence.
  public var description: String {
    switch self {
    case .frontEndLeft: "the front end closed the connection"
    case .stopped: "the back end was stopped"
    case .protocolError(let error): "the front end broke the protocol: \(error)"
    case .refused(let refusal): refusal.description
    case .memoryTorn:
      "the front end shortened a file under guest memory in use: what was lost reads as zeros, so the guest cannot go on"
    case .halfMessage(let seconds):
      "the front end sent the start of a message, and the rest did not come within \(seconds) seconds"
    case .connectionFailed(let error): "the connection to the front end failed: \(error)"
    }
  }
}

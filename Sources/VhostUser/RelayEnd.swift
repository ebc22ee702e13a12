public import LinuxIO

/// A side of a ``Relay``.
public enum RelaySide: Sendable {
  /// The virtual machine.
  case frontEnd
  /// The device.
  case backEnd

  /// In a sentence.
  var name: String { self == .frontEnd ? "front end" : "back end" }
  var other: RelaySide { self == .frontEnd ? .backEnd : .frontEnd }
}

/// Why a ``Relay`` has ended.
public enum RelayEnd: Error, Equatable, CustomStringConvertible {
  /// This side closed its connection between two messages.
  case left(RelaySide)
  /// ``Relay/stop()`` was called.
  case stopped
  /// What came from this side was not the protocol.
  case protocolError(RelaySide, ProtocolError)
  /// This side sent the start of a message, and not the rest within this many seconds.
  case halfMessage(RelaySide, seconds: Int)
  /// The socket of this side failed.
  case connectionFailed(RelaySide, SystemError)
  /// There was no display socket to give to the back end.
  case noDisplaySocket(SystemError)

  /// Sorts the end of a reader of this side's messages.
  init(_ end: SessionEnd, of side: RelaySide) {
    self =
      switch end {
      case .protocolError(let error): .protocolError(side, error)
      case .connectionFailed(let error): .connectionFailed(side, error)
      default: .left(side)
      }
  }

  /// True when neither side made a mistake: the front end left, or the relay was stopped. A back end stays until then.
  public var isOrderly: Bool {
    self == .left(.frontEnd) || self == .stopped
  }

  /// A sentence.
  public var description: String {
    switch self {
    case .left(let side): "the \(side.name) closed the connection"
    case .stopped: "the relay was stopped"
    case .protocolError(let side, let error): "the \(side.name) broke the protocol: \(error)"
    case .halfMessage(let side, let seconds):
      "the \(side.name) sent the start of a message, and the rest did not come within \(seconds) seconds"
    case .connectionFailed(let side, let error): "the connection to the \(side.name) failed: \(error)"
    case .noDisplaySocket(let error): "the back end gets no display socket: \(error)"
    }
  }
}

public import LinuxIO

/// Why a front end did not get what it asked for.
public enum FrontEndError: Error, Equatable, CustomStringConvertible {
  /// The back end says no.
  case refused(request: UInt32)
  /// The back end did not answer in time.
  case timedOut(request: UInt32)
  /// The back end closed the connection.
  case closed
  /// The answer does not belong to the question, or has a length that it cannot have.
  case wrongAnswer(request: UInt32, count: Int)
  /// What came was not the protocol.
  case protocolError(ProtocolError)
  /// The back end has no configuration at this place.
  case noConfiguration(offset: Int, count: Int)
  /// A part of a ring is not in memory that is shared.
  case notShared(address: UInt64)
  /// The socket, or making a descriptor, failed.
  case system(SystemError)

  /// A sentence.
  public var description: String {
    switch self {
    case .refused(let request): "the back end refused \(ProtocolError.name(request))"
    case .timedOut(let request): "the back end did not answer \(ProtocolError.name(request)) in time"
    case .closed: "the back end closed the connection"
    case .wrongAnswer(let request, let count):
      "the back end answered \(ProtocolError.name(request)) with \(count) bytes that are no answer to it"
    case .protocolError(let error): "the back end broke the protocol: \(error)"
    case .noConfiguration(let offset, let count):
      "the device has no configuration of \(count) bytes at \(offset)"
    case .notShared(let address): "the address 0x\(String(address, radix: 16)) is not in shared memory"
    case .system(let error): error.description
    }
  }

  /// Names whatever a call of this module threw.
  init(_ error: any Error) {
    switch error {
    case let error as FrontEndError: self = error
    case let error as SystemError: self = error.isDisconnection ? .closed : .system(error)
    case let error as ProtocolError: self = .protocolError(error)
    case SessionEnd.protocolError(let error): self = .protocolError(error)
    case SessionEnd.connectionFailed(let error): self = .system(error)
    default: self = .closed
    }
  }
}

public import LinuxIO

/// An error of a front end: a request that the back end did not carry out.
public enum FrontEndError: Error, Equatable, CustomStringConvertible {
  /// The back end refused the request.
  case refused(request: UInt32)
  /// The back end did not reply in time.
  case timedOut(request: UInt32)
  /// The back end closed the connection.
  case closed
  /// The reply belongs to another request, or has an invalid length.
  case wrongReply(request: UInt32, count: Int)
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
    case .timedOut(let request): "the back end did not reply to \(ProtocolError.name(request)) in time"
    case .closed: "the back end closed the connection"
    case .wrongReply(let request, let count):
      "the reply to \(ProtocolError.name(request)) has \(count) bytes, or belongs to another request"
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

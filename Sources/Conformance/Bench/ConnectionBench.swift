internal import GuestDriver
internal import LinuxIO
internal import VhostUser
internal import Virtio
internal import VirtioGPU

/// A fresh connection to the back end that is judged, with the limits of the case.
final class ConnectionBench {
  /// The front end of vhost-user.
  let frontEnd: FrontEnd
  /// The socket and the process.
  let connection: BackEndConnection
  /// The end of the case's time.
  let deadline: ContinuousClock.Instant
  /// How long something that comes without being asked for may take, such as pixels after a response.
  let settleTime: Duration
  /// What is said, for ``TraceFile``; nil: nobody asks.
  let trace: TraceLog?
  private let target: BackEndTarget

  init(_ target: BackEndTarget, timeout: Duration, showsOutput: Bool, trace: TraceLog?) throws {
    deadline = .now + timeout
    settleTime = timeout / 4
    self.target = target
    self.trace = trace
    connection = try BackEndConnection(target, before: deadline, showsOutput: showsOutput)
    frontEnd = try Self.frontEnd(connection.socket, timeout, deadline, trace)
  }

  private static func frontEnd(
    _ socket: UnixSocket, _ timeout: Duration, _ deadline: ContinuousClock.Instant, _ trace: TraceLog?
  ) throws -> FrontEnd {
    let frontEnd = try FrontEnd(socket, timeout: timeout)
    frontEnd.deadline = deadline
    if let trace { frontEnd.observe = { trace.note($0) } }
    return frontEnd
  }

  /// True when the back end takes a second connection after the first.
  var canReconnect: Bool {
    switch target {
    case .connections, .socket, .program(_, _, true): true
    case .program(_, _, false): false
    }
  }

  /// A second connection to the same process, after the first has ended.
  func reconnect() throws -> FrontEnd {
    while true {
      guard let socket = try connection.again(target) else {
        throw CaseStop.skipped("the back end was given its only connection")
      }
      let frontEnd = try Self.frontEnd(socket, .seconds(86400), deadline, trace)
      do {
        _ = try frontEnd.askNumber(.getFeatures)
        return frontEnd
      } catch {
        // The back end may still be at work on the end of the first.
        guard error == .closed, ContinuousClock.now < deadline else { throw error }
        _ = try? EventCounter().wait(timeoutMilliseconds: 10)
      }
    }
  }

  /// Every feature of virtio-gpu, rings and version 1.
  static let wanted = FeatureBits.ringFeatures | DeviceFeatures.all.rawValue

  /// Agrees on features, as much as both ends know of `wanted`.
  func negotiate(_ wanted: UInt64 = wanted) throws -> UInt64 {
    try frontEnd.negotiate(features: wanted)
  }

  /// The back end ends the connection or refuses the message, or it does what the message says: all that matters is
  /// that it goes on, or ends in order.
  func tolerates(_ body: (FrontEnd) throws -> Void) throws {
    do {
      try body(frontEnd)
    } catch FrontEndError.refused, FrontEndError.closed, FrontEndError.wrongReply {}
    do {
      _ = try frontEnd.askNumber(.getFeatures)
      // What a kick brings about comes after the reply to this message.
      _ = connection.ending(withinMilliseconds: 50)
      _ = try frontEnd.askNumber(.getFeatures)
    } catch FrontEndError.closed {}
  }
}

package import LinuxIO
package import VhostUser

/// Stands between virtual machines and a back end: one virtual machine at a time, each with a connection to the back end, or a
/// back-end program, of its own.
///
/// Everything is called on the thread of the event loop, or before it runs.
package final class TapServer {
  /// What happens to the server.
  package enum Event: Equatable, CustomStringConvertible {
    /// A virtual machine connected, and the back end serves it.
    case connected
    /// It is gone, and the next one is welcome. `isOrderly`: it left by itself.
    case ended(String, isOrderly: Bool)
    /// A virtual machine connected, and was turned away because there is no back end for it, with this reason.
    case noBackEnd(String)
    /// A second virtual machine came while one is being served, and was turned away.
    case refused
    /// Something is wrong and the server goes on: a sentence for a log.
    case notice(String)

    /// A sentence.
    package var description: String {
      switch self {
      case .connected: "a virtual machine connected"
      case .ended(let reason, _): reason
      case .refused: "a second virtual machine was turned away: one is served at a time"
      case .noBackEnd(let sentence), .notice(let sentence): sentence
      }
    }
  }

  /// Called once when the server cannot go on.
  package var onFailure: (SystemError) -> Void = { _ in }

  private let backEnd: TapBackEnd
  private let scanouts: Int
  private let loop: EventLoop
  private let displaySocket: Relay.DisplaySocket
  private let observer: (Event) -> Void
  private var listener: UnixListener?
  private var acceptor: Acceptor?
  private var relay: Relay?
  private var program: TapProgram?

  /// A server that nobody can reach yet. `scanouts` and `displaySocket` are those of its relays.
  package init(
    _ backEnd: TapBackEnd, scanouts: Int, loop: EventLoop, displaySocket: @escaping Relay.DisplaySocket,
    observer: @escaping (Event) -> Void
  ) {
    self.backEnd = backEnd
    self.scanouts = scanouts
    self.loop = loop
    self.displaySocket = displaySocket
    self.observer = observer
  }

  /// Waits for virtual machines.
  package func listen(on listener: UnixListener) throws(SystemError) {
    self.listener = listener
    try accept()
  }

  /// Ends the session, if there is one, and listens no more. A back-end program is killed if it does not end by itself.
  package func stop() {
    acceptor?.stop()
    acceptor = nil
    listener = nil
    relay?.stop()
    relay = nil
    program = nil
  }

  private func accept() throws(SystemError) {
    guard let listener else { return }
    acceptor = try Acceptor(
      listener, loop: loop, accepted: { [weak self] (socket) throws(SystemError) in try self?.begin(socket) },
      failed: { [weak self] in
        self?.observer(.notice("no virtual machine can be accepted until descriptors are free: \($0)"))
      })
  }

  private func begin(_ socket: UnixSocket) throws(SystemError) {
    guard relay == nil else {
      socket.shutdown()
      return observer(.refused)
    }
    do throws(TapBackEndError) {
      let (peer, child) = try backEnd.open()
      do throws(SystemError) {
        let program = try child.map { (child) throws(SystemError) in try TapProgram(child, loop: loop) }
        let relay = try Relay(
          frontEnd: socket, backEnd: peer, scanouts: scanouts, loop: loop, displaySocket: displaySocket
        ) { [weak self] in self?.ended($0) }
        try relay.start()
        self.relay = relay
        self.program = program
      } catch {
        socket.shutdown()
        throw TapBackEndError(backEnd: backEnd, error: error)
      }
    } catch {
      socket.shutdown()
      return observer(.noBackEnd("\(error)"))
    }
    observer(.connected)
  }

  private func ended(_ end: RelayEnd) {
    relay = nil
    guard let program else { return observer(.ended(sentence(end), isOrderly: end.isOrderly)) }
    // The next virtual machine waits until the program of this one has ended: they may use the same files.
    acceptor?.stop()
    acceptor = nil
    do {
      try program.end { [weak self] in self?.programEnded($0, end) }
    } catch {
      onFailure(error)
    }
  }

  private func programEnded(_ ending: ChildProcess.Ending?, _ end: RelayEnd) {
    program = nil
    var reason = sentence(end)
    switch ending {
    case .exited(let code) where end == .left(.backEnd):
      reason = "the back-end program \(backEnd.name) ended with exit code \(code)"
    case .killed(let signal): reason = "the back-end program \(backEnd.name) was killed by signal \(signal)"
    case nil: reason += ", and the back-end program \(backEnd.name) was killed: it did not end by itself"
    case .exited: break
    }
    observer(.ended(reason, isOrderly: end.isOrderly))
    do { try accept() } catch { onFailure(error) }
  }

  private func sentence(_ end: RelayEnd) -> String {
    switch end {
    case .left(.backEnd):
      "the back end \(backEnd.name) closed the connection: it serves somebody else, or did not understand a message"
    case .left(.frontEnd): "the virtual machine closed the connection"
    default: "\(end)"
    }
  }
}

public import LinuxIO

/// Server of a control socket: takes requests and responds, on the thread of the event loop.
///
/// The next client is always served. A client that does not complete a request, or does not read its response, within
/// ``timeout`` is disconnected; when there are ``maximumClients`` and another one comes, so is the one that was silent longest.
/// While this process is out of descriptors, clients wait. A client costs a descriptor and a few kilobytes; one that never
/// stops gets one request served between two turns of everything else that the loop serves.
public final class ControlServer {
  /// How many clients there may be at once.
  public static let maximumClients = 8
  /// How long a client may take for a request, and for reading a response, in seconds.
  public static let timeout = 10

  private let loop: EventLoop
  private let respond: Respond
  /// Makes a display socket for ``ControlRequest/attachDisplay``, and returns the end of the one who asks; its error is the
  /// response. Called on the loop's thread, before `respond`.
  public var onAttachDisplay: () throws -> Descriptor = { throw ControlError("no display can be attached here") }
  private let timeout: Int
  private let timer: Timer
  private var isTimerSet = false
  private var timerRegistration: EventLoop.Registration?
  private var acceptor: Acceptor?
  private var peers: [ObjectIdentifier: ControlPeer] = [:]

  /// Carries a request out, and calls the second argument once with its response, at once or later, on the loop's thread.
  public typealias Respond = (ControlRequest, @escaping (ControlResponse) -> Void) -> Void

  /// Serves at `listener` until ``stop()``. `respond` carries a request out, and `log` gets sentences about problems; both
  /// are called on the loop's thread.
  public convenience init(
    at listener: UnixListener, loop: EventLoop, log: @escaping (String) -> Void = { _ in },
    respond: @escaping (ControlRequest) -> ControlResponse
  ) throws(SystemError) {
    try self.init(at: listener, loop: loop, timeout: Self.timeout, log: log, respond: respond)
  }

  /// Serves as the other initialiser does, with responses that may come later. A client waits for its response before its next
  /// request is carried out; others are served meanwhile.
  public convenience init(
    at listener: UnixListener, loop: EventLoop, log: @escaping (String) -> Void = { _ in },
    respondingLater respond: @escaping Respond
  ) throws(SystemError) {
    try self.init(at: listener, loop: loop, timeout: Self.timeout, log: log, respondingLater: respond)
  }

  package convenience init(
    at listener: UnixListener, loop: EventLoop, timeout: Int, log: @escaping (String) -> Void = { _ in },
    respond: @escaping (ControlRequest) -> ControlResponse
  ) throws(SystemError) {
    try self.init(at: listener, loop: loop, timeout: timeout, log: log) { $1(respond($0)) }
  }

  package init(
    at listener: UnixListener, loop: EventLoop, timeout: Int, log: @escaping (String) -> Void = { _ in },
    respondingLater respond: @escaping Respond
  ) throws(SystemError) {
    self.loop = loop
    self.respond = respond
    self.timeout = timeout
    timer = try Timer()
    timerRegistration = try loop.watch(timer.descriptor) { [weak self] in self?.timerExpired() }
    acceptor = try Acceptor(
      listener, loop: loop, accepted: { [weak self] (socket) throws(SystemError) in self?.serve(socket) },
      failed: { log("no client of the control socket can be accepted until descriptors are free: \($0)") })
  }

  /// Disconnects all clients and listens no more.
  public func stop() {
    if let timerRegistration { loop.cancel(timerRegistration) }
    timerRegistration = nil
    acceptor?.stop()
    acceptor = nil
    for peer in peers.values { peer.close() }
  }

  private func serve(_ socket: UnixSocket) {
    makeRoom()
    let peer = ControlPeer(
      socket, loop: loop,
      attachDisplay: { [weak self] in try (self?.onAttachDisplay ?? { throw ControlError("ended") })() },
      respond: respond)
    let id = ObjectIdentifier(peer)
    peers[id] = peer
    peer.onEnd = { [weak self] in self?.peers[id] = nil }
    peer.onWait = { [weak self] in self?.setTimer() }
    peer.start()
  }

  private func makeRoom() {
    // Some may have left, or sent a request, in events that the loop has not served yet.
    if peers.count >= Self.maximumClients { for peer in peers.values { peer.update() } }
    while peers.count >= Self.maximumClients, let silent = peers.values.min(by: { $0.lastActive < $1.lastActive }) {
      silent.close(
        because:
          "another program needs the place: at most \(Self.maximumClients) are connected, and this one was silent "
          + "longest")
    }
  }

  private func timerExpired() {
    timer.acknowledge()
    isTimerSet = false
    let now = Alarm.now
    for peer in peers.values where peer.waitingSince.map({ now >= $0 + limit }) == true {
      peer.close(because: "no complete request came within \(timeout) s")
    }
    setTimer()
  }

  /// Sets the timer for the client that is waited for longest. While it is set, every later wait ends after it.
  private func setTimer() {
    guard !isTimerSet, let first = peers.values.compactMap(\.waitingSince).min() else { return }
    let now = Alarm.now
    timer.set(after: first + limit > now ? first + limit - now : 1)
    isTimerSet = true
  }

  /// The timeout in nanoseconds.
  private var limit: UInt64 { UInt64(timeout) * 1_000_000_000 }
}

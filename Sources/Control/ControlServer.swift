public import LinuxIO

/// Takes requests at a socket and answers them, on the thread of the event loop.
///
/// The next client is always served. One that does not complete a request, or does not read its answer, within
/// ``patience`` is sent away; when there are ``mostClients`` and another one comes, so is the one that was silent longest.
/// While this process is out of descriptors, clients wait. A client costs a descriptor and a few kilobytes; one that never
/// stops gets a request answered between two turns of everything else that the loop serves.
public final class ControlServer {
  /// How many clients there may be at once.
  public static let mostClients = 8
  /// How long a client may take for a request, and for reading an answer, in seconds.
  public static let patience = 10

  private let loop: EventLoop
  private let answer: (ControlRequest) -> ControlResponse
  private let patience: Int
  private let timer: Timer
  private var isTimerSet = false
  private var timerRegistration: EventLoop.Registration?
  private var acceptor: Acceptor?
  private var peers: [ObjectIdentifier: ControlPeer] = [:]

  /// Serves at `listener` until ``stop()``. `answer` carries a request out, and `notice` hears sentences for a log; both are
  /// called on the loop's thread.
  public convenience init(
    at listener: UnixListener, loop: EventLoop, notice: @escaping (String) -> Void = { _ in },
    answer: @escaping (ControlRequest) -> ControlResponse
  ) throws(SystemError) {
    try self.init(at: listener, loop: loop, patience: Self.patience, notice: notice, answer: answer)
  }

  package init(
    at listener: UnixListener, loop: EventLoop, patience: Int, notice: @escaping (String) -> Void = { _ in },
    answer: @escaping (ControlRequest) -> ControlResponse
  ) throws(SystemError) {
    self.loop = loop
    self.answer = answer
    self.patience = patience
    timer = try Timer()
    timerRegistration = try loop.watch(timer.descriptor) { [weak self] in self?.timeIsUp() }
    acceptor = try Acceptor(
      listener, loop: loop, accepted: { [weak self] (socket) throws(SystemError) in self?.serve(socket) },
      failed: { notice("no client of the control socket can be accepted until descriptors are free: \($0)") })
  }

  /// Sends everybody away and listens no more.
  public func stop() {
    if let timerRegistration { loop.cancel(timerRegistration) }
    timerRegistration = nil
    acceptor?.stop()
    acceptor = nil
    for peer in peers.values { peer.close() }
  }

  private func serve(_ socket: UnixSocket) {
    makeRoom()
    let peer = ControlPeer(socket, loop: loop, answer: answer)
    let id = ObjectIdentifier(peer)
    peers[id] = peer
    peer.onEnd = { [weak self] in self?.peers[id] = nil }
    peer.onOwing = { [weak self] in self?.setTimer() }
    peer.start()
  }

  private func makeRoom() {
    // Some may have left, or asked something, without our having noticed: that is behind this in the queue.
    if peers.count >= Self.mostClients { for peer in peers.values { peer.poll() } }
    while peers.count >= Self.mostClients, let silent = peers.values.min(by: { $0.lastActive < $1.lastActive }) {
      silent.close(
        because: "another program needs the place: at most \(Self.mostClients) are connected, and this one was silent "
          + "longest")
    }
  }

  private func timeIsUp() {
    timer.acknowledge()
    isTimerSet = false
    let now = Alarm.now
    for peer in peers.values where peer.owingSince.map({ now >= $0 + time }) == true {
      peer.close(because: "no complete request came within \(patience) s")
    }
    setTimer()
  }

  /// Sets the timer for who owes longest. Who owes something later than it was set for has more time than that.
  private func setTimer() {
    guard !isTimerSet, let first = peers.values.compactMap(\.owingSince).min() else { return }
    let now = Alarm.now
    timer.set(after: first + time > now ? first + time - now : 1)
    isTimerSet = true
  }

  /// How long a client may owe something, in nanoseconds.
  private var time: UInt64 { UInt64(patience) * 1_000_000_000 }
}

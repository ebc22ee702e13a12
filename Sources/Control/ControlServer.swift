public import LinuxIO

/// Takes requests at a socket and answers them, on the thread of the event loop.
///
/// A client that is slow, says nothing or reads nothing costs a descriptor and a few kilobytes; one that never stops
/// gets a request answered between two turns of everything else that the loop serves.
public final class ControlServer {
  /// How many clients there may be at once. Who comes then is told so.
  public static let mostClients = 8

  private let loop: EventLoop
  private let answer: (ControlRequest) -> ControlAnswer
  private let listener: UnixListener
  private var registration: EventLoop.Registration?
  private var peers: [ObjectIdentifier: ControlPeer] = [:]

  /// Serves at `listener` until ``stop()``. `answer` carries a request out; it is called on the loop's thread.
  public init(
    at listener: UnixListener, loop: EventLoop, answer: @escaping (ControlRequest) -> ControlAnswer
  ) throws(SystemError) {
    self.loop = loop
    self.answer = answer
    self.listener = listener
    registration = try loop.watch(listener.descriptor) { [weak self] in try self?.accept() }
  }

  /// Sends everybody away and listens no more.
  public func stop() {
    if let registration { loop.cancel(registration) }
    registration = nil
    for peer in peers.values { peer.close() }
  }

  private func accept() throws(SystemError) {
    guard let socket = try listener.accept() else { return }
    // Some may have left without our having noticed: their last words are behind this in the queue.
    if peers.count >= Self.mostClients { for peer in peers.values { peer.poll() } }
    guard peers.count < Self.mostClients else {
      let sentence = "\(Self.mostClients) programs are connected already; try again when one of them has left"
      _ = try? socket.sendSome(ControlAnswer(error: sentence).line + [0x0a])
      return
    }
    let peer = ControlPeer(socket, loop: loop, answer: answer)
    let id = ObjectIdentifier(peer)
    peers[id] = peer
    peer.onEnd = { [weak self] in self?.peers[id] = nil }
    peer.start()
  }
}

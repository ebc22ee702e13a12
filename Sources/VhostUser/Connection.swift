internal import LinuxIO

/// The socket of a session: whole messages in, replies out, without ever waiting for the peer.
///
/// While a reply does not fit into the socket nothing more is read. So a peer that sends and never reads makes us remember
/// one reply, and delays only itself. A message that has begun must be whole within ``patience`` seconds: while its rest is
/// missing no other front end is served. A connection that is paused reads nothing, and notices only that the peer is gone.
final class Connection {
  /// How many messages are served before other descriptors of the loop get their turn.
  private static let messagesPerTurn = 32
  /// How many seconds a message may take from its first byte to its last.
  static let patience = 10

  private let socket: UnixSocket
  private let loop: EventLoop
  private let received: (Message) throws(SessionEnd) -> Void
  private let ended: (SessionEnd) -> Void
  private var reader = MessageReader(.frontEndRequests)
  private var unsent: [UInt8] = []
  private var registration: EventLoop.Registration?
  private let deadline: MessageDeadline
  private var isOpen = true
  private var isPaused = false

  /// Uses a non-blocking socket. `ended` is called once, unless ``close()`` is called before.
  init(
    _ socket: UnixSocket, loop: EventLoop, received: @escaping (Message) throws(SessionEnd) -> Void,
    ended: @escaping (SessionEnd) -> Void
  ) throws(SystemError) {
    deadline = try MessageDeadline(seconds: Self.patience)
    self.socket = socket
    self.loop = loop
    self.received = received
    self.ended = ended
  }

  /// Starts to listen to the peer.
  func open() throws(SystemError) {
    try socket.descriptor.setNonBlocking()
    try deadline.watch(in: loop) { [weak self] in self?.timeIsUp() }
    do {
      try wait(for: .readable)
    } catch {
      close()
      throw error
    }
  }

  /// Closes the connection for both sides.
  func close() {
    isOpen = false
    socket.shutdown()
    if let registration { loop.cancel(registration) }
    registration = nil
    deadline.cancel()
  }

  /// Serves what has come, a bounded number of messages.
  func serve() {
    run { () throws(SessionEnd) in
      defer { deadline.update(isInside: reader.isInside) }
      for _ in 0..<Self.messagesPerTurn where isOpen && unsent.isEmpty && !isPaused {
        switch try reader.next(from: socket) {
        case .message(let message):
          deadline.messageEnded()
          try received(message)
        case .waiting: return
        case .ended: throw .frontEndLeft
        }
      }
    }
  }

  /// Looks at once whether the peer has sent anything, or is gone.
  func poll() {
    guard isPaused else { return serve() }
    run { () throws(SessionEnd) in
      let waited: Descriptor.Waited
      do throws(SystemError) {
        waited = try Descriptor.wait(forAny: [], orEndOf: socket, timeoutMilliseconds: 0)
      } catch {
        throw SessionEnd(error)
      }
      if waited == .peerGone { throw .frontEndLeft }
    }
  }

  /// Reads no more messages until ``resume()``.
  func pause() throws(SessionEnd) {
    guard isOpen, !isPaused else { return }
    isPaused = true
    do throws(SystemError) { try wait(for: .hangUp) } catch { throw SessionEnd(error) }
  }

  /// Reads messages again.
  func resume() throws(SessionEnd) {
    guard isOpen, isPaused else { return }
    isPaused = false
    // A reply that has no room yet goes out first.
    guard unsent.isEmpty else { return }
    do throws(SystemError) { try wait(for: .readable) } catch { throw SessionEnd(error) }
  }

  /// Replies, now or as soon as the peer makes room.
  func reply(to request: UInt32, _ payload: [UInt8]) throws(SessionEnd) {
    unsent += Message.encode(request: request, flags: [.version, .reply], payload: payload)
    try flush()
  }

  private func flush() throws(SessionEnd) {
    do {
      while !unsent.isEmpty {
        guard let sent = try socket.sendSome(unsent) else { return try wait(for: .writable) }
        unsent.removeFirst(sent)
      }
    } catch {
      throw SessionEnd(error)
    }
  }

  private func wait(for interest: EventLoop.Interest) throws(SystemError) {
    if let registration { loop.cancel(registration) }
    registration = try loop.watch(socket.descriptor, for: interest) { [weak self] in
      guard let self else { return }
      switch interest {
      case .writable: sendRest()
      case .hangUp: run { () throws(SessionEnd) in throw .frontEndLeft }
      default: serve()
      }
    }
  }

  /// There is room: sends the rest, and listens again when all is out.
  private func sendRest() {
    run { () throws(SessionEnd) in
      try flush()
      guard unsent.isEmpty else { return }
      do throws(SystemError) { try wait(for: .readable) } catch { throw SessionEnd(error) }
    }
  }

  private func timeIsUp() {
    run { () throws(SessionEnd) in
      // What came since this was last looked at may be the rest.
      serve()
      guard isOpen, deadline.isSet else { return }
      throw .halfMessage(seconds: Self.patience)
    }
  }

  private func run(_ body: () throws(SessionEnd) -> Void) {
    do {
      try body()
    } catch {
      guard isOpen else { return }
      close()
      ended(error)
    }
  }
}

internal import LinuxIO

/// The socket of a session: whole messages in, answers out, without ever waiting for the peer.
///
/// While an answer does not fit into the socket nothing more is read. So a peer that sends and never reads makes us
/// remember one answer, and holds up nobody but itself.
final class Connection {
  /// How many messages are served before other descriptors of the loop get their turn.
  private static let messagesPerTurn = 32

  private let socket: UnixSocket
  private let loop: EventLoop
  private let received: (Message) throws(SessionEnd) -> Void
  private let ended: (SessionEnd) -> Void
  private var reader = MessageReader(.frontEndRequests)
  private var unsent: [UInt8] = []
  private var registration: EventLoop.Registration?
  private var isOpen = true

  /// Uses a non-blocking socket. `ended` is called once, unless ``close()`` is called before.
  init(
    _ socket: UnixSocket, loop: EventLoop, received: @escaping (Message) throws(SessionEnd) -> Void,
    ended: @escaping (SessionEnd) -> Void
  ) {
    self.socket = socket
    self.loop = loop
    self.received = received
    self.ended = ended
  }

  /// Starts to listen to the peer.
  func open() throws(SystemError) {
    try socket.descriptor.setNonBlocking()
    try wait(for: .readable)
  }

  /// Ends the conversation, which the peer hears at once.
  func close() {
    isOpen = false
    socket.shutdown()
    if let registration { loop.cancel(registration) }
    registration = nil
  }

  /// Serves what has come, a bounded number of messages.
  func serve() {
    run { () throws(SessionEnd) in
      for _ in 0..<Self.messagesPerTurn where isOpen && unsent.isEmpty {
        switch try reader.next(from: socket) {
        case .message(let message): try received(message)
        case .waiting: return
        case .ended: throw .frontEndLeft
        }
      }
    }
  }

  /// Answers, now or as soon as the peer makes room.
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
      if interest == .readable { serve() } else { resume() }
    }
  }

  /// There is room: sends the rest, and listens again when all is out.
  private func resume() {
    run { () throws(SessionEnd) in
      try flush()
      guard unsent.isEmpty else { return }
      do throws(SystemError) { try wait(for: .readable) } catch { throw SessionEnd(error) }
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

internal import DequeModule
internal import LinuxIO

/// One direction of a ``Relay``: passes the messages of one side on to the other, without ever waiting for either.
///
/// While a message does not fit into the socket of its receiver, no further one is read. So a side that does not read delays
/// the other one, and costs us no more than one message of its peer and one of ours.
final class RelayLane {
  /// How many messages are passed on before other descriptors of the loop get their turn.
  private static let messagesPerTurn = 32

  /// A message that is being sent.
  private struct Outgoing {
    var rest: [UInt8]
    var descriptors: [Descriptor]
  }

  private let sender: RelaySide
  private let source: UnixSocket
  private let destination: UnixSocket
  /// Another descriptor of the destination: a loop watches each once, and the other lane watches that one.
  private let room: Descriptor
  private let loop: EventLoop
  private let translate: (Message) throws(RelayEnd) -> [Message]
  private let ended: (RelayEnd) -> Void
  private var reader = MessageReader(.relayed)
  private var unsent: Deque<Outgoing> = []
  private var sourceWatch: EventLoop.Registration?
  private var roomWatch: EventLoop.Registration?
  private let deadline: MessageDeadline
  private var isOpen = true

  /// A lane for the messages of `sender`. `translate` returns the messages that are sent in the place of one. `ended` is
  /// called once, unless ``close()`` is called before.
  init(
    of sender: RelaySide, from source: UnixSocket, to destination: UnixSocket, loop: EventLoop,
    translate: @escaping (Message) throws(RelayEnd) -> [Message], ended: @escaping (RelayEnd) -> Void
  ) throws(SystemError) {
    self.sender = sender
    self.source = source
    self.destination = destination
    room = try destination.descriptor.duplicate()
    self.loop = loop
    self.translate = translate
    self.ended = ended
    deadline = try MessageDeadline(seconds: Connection.patience)
  }

  /// Starts to pass messages on.
  func open() throws(SystemError) {
    try deadline.watch(in: loop) { [weak self] in self?.timeIsUp() }
    try watchSource(for: .readable)
  }

  /// Passes nothing on any more.
  func close() {
    isOpen = false
    for watch in [sourceWatch, roomWatch] { if let watch { loop.cancel(watch) } }
    sourceWatch = nil
    roomWatch = nil
    deadline.cancel()
    // Descriptors of messages that are not whole, or not sent, are closed now.
    reader = MessageReader(.relayed)
    unsent = []
  }

  /// Passes on what has come, a bounded number of messages.
  private func serve() {
    run { () throws(RelayEnd) in
      defer { deadline.update(isInside: reader.isInside) }
      for _ in 0..<Self.messagesPerTurn where isOpen && unsent.isEmpty {
        let progress: MessageReader.Progress
        do throws(SessionEnd) {
          progress = try reader.next(from: source)
        } catch {
          throw RelayEnd(error, of: sender)
        }
        switch progress {
        case .message(let message):
          deadline.messageEnded()
          for sent in try translate(message) {
            unsent.append(
              Outgoing(
                rest: Message.encode(request: sent.header.request, flags: sent.header.flags, payload: sent.payload),
                descriptors: sent.descriptors))
          }
          try flush()
        case .waiting: return
        case .ended: throw .left(sender)
        }
      }
    }
  }

  /// Sends what has room. While something has none, nothing is read.
  private func flush() throws(RelayEnd) {
    do throws(SystemError) {
      while let next = unsent.first {
        guard let sent = try destination.sendSome(next.rest, descriptors: next.descriptors) else {
          return try waitForRoom()
        }
        unsent[0].rest.removeFirst(sent)
        // The kernel has passed them on; those of ours are closed.
        unsent[0].descriptors = []
        if unsent[0].rest.isEmpty { unsent.removeFirst() }
      }
    } catch {
      throw error.isDisconnection ? .left(sender.other) : .connectionFailed(sender.other, error)
    }
  }

  private func waitForRoom() throws(SystemError) {
    guard roomWatch == nil else { return }
    roomWatch = try loop.watch(room, for: .writable) { [weak self] in self?.sendRest() }
    // A sender that leaves meanwhile is noticed all the same.
    try watchSource(for: .hangUp)
  }

  /// There is room: sends the rest, and reads again when all is out.
  private func sendRest() {
    run { () throws(RelayEnd) in
      try flush()
      guard unsent.isEmpty, let watch = roomWatch else { return }
      loop.cancel(watch)
      roomWatch = nil
      do throws(SystemError) { try watchSource(for: .readable) } catch { throw .connectionFailed(sender, error) }
    }
  }

  private func watchSource(for interest: EventLoop.Interest) throws(SystemError) {
    if let sourceWatch { loop.cancel(sourceWatch) }
    sourceWatch = nil
    sourceWatch = try loop.watch(source.descriptor, for: interest) { [weak self] in
      guard let self else { return }
      if interest == .hangUp { run { () throws(RelayEnd) in throw .left(self.sender) } } else { serve() }
    }
  }

  private func timeIsUp() {
    // What came since this was last looked at may be the rest.
    serve()
    run { () throws(RelayEnd) in
      guard isOpen, deadline.isSet else { return }
      throw .halfMessage(sender, seconds: Connection.patience)
    }
  }

  private func run(_ body: () throws(RelayEnd) -> Void) {
    guard isOpen else { return }
    do {
      try body()
    } catch {
      guard isOpen else { return }
      close()
      ended(error)
    }
  }
}

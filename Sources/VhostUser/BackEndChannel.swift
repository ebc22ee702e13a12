internal import DequeModule
internal import Glibc
internal import LinuxIO
internal import Wire

/// The event loop and the callbacks that a session gives its ``BackEndChannel``.
struct ChannelEnvironment {
  let loop: EventLoop
  /// True while a ring runs.
  let maySend: () -> Bool
  /// Logs a problem after which the session goes on.
  let notice: (String) -> Void
  /// Ends the session, because the peer has broken the protocol.
  let broken: (SessionEnd) -> Void
}

/// The channel over which a back end sends requests of its own: a descriptor that the front end gave it.
///
/// It is a stream socket, which QEMU and user-mode Linux give, and is read from the first request on that has a reply. Any
/// other kind of descriptor is refused: writing to it may block for as long as its sender likes. Nothing here waits for the
/// peer: what does not fit is sent when there is room. While no ring runs the protocol forbids requests of the back end, so
/// none is begun.
final class BackEndChannel {
  /// Called once with the result of a request.
  typealias Completion = (Bool) -> Void

  /// The most requests that are not sent or have no reply. A front end that never replies delays its own guest, and costs us
  /// no more than so many descriptors.
  static let maximumOutstanding = 1024
  /// How many replies are read before other descriptors of the loop get their turn.
  private static let repliesPerTurn = 32

  private struct Outgoing {
    let message: BackEndMessage
    let wantsReply: Bool
    /// The message that undoes this one; nil when there is none, or when it is queued already.
    var inverse: BackEndMessage?
    var completion: Completion
    var rest: [UInt8]
    var descriptors: [Descriptor]
    var hasBegun = false
  }

  private struct Awaited {
    let request: BackEndRequest
    /// The message that undoes this one; nil when there is none, or when it is queued already.
    var inverse: BackEndMessage?
    var completion: Completion
  }

  private let descriptor: Descriptor
  private let socket: UnixSocket
  private let environment: ChannelEnvironment
  private var reader = MessageReader(.replies)
  private var outgoing: Deque<Outgoing> = []
  private var awaited: Deque<Awaited> = []
  private var replyWatch: EventLoop.Registration?
  private var roomWatch: EventLoop.Registration?
  private(set) var isOpen = true

  init(_ descriptor: Descriptor, environment: ChannelEnvironment) throws(SystemError) {
    guard descriptor.peerKind() == .socket else {
      throw SystemError("send requests over a descriptor that is not a Unix stream socket", code: ENOTSOCK)
    }
    self.descriptor = descriptor
    socket = UnixSocket(neverWaitingOn: descriptor)
    self.environment = environment
  }

  /// Tells the driver to read its configuration space again. A full channel is left alone: an unread message in it says the
  /// same. With `wantsReply` the front end is asked whether it passed the message on.
  func configurationChanged(wantsReply: Bool, completion: @escaping Completion) {
    guard outgoing.isEmpty, !wantsReply else {
      // A message that has not been sent yet covers this change as well.
      if outgoing.contains(where: { $0.message.request == .configChangeMsg && !$0.hasBegun }) { return }
      return send(.configChangeMsg, wantsReply: wantsReply, completion: completion)
    }
    guard isOpen else { return }
    do {
      _ = try socket.sendSome(BackEndMessage.configChangeMsg.encoded(flags: .version))
    } catch {
      close("a configuration change could not be sent: \(error)")
    }
  }

  /// Sends a request after those before it. `completion` is called with true when the front end granted it; without a reply,
  /// when it was sent.
  func send(_ message: BackEndMessage, wantsReply: Bool, completion: @escaping Completion) {
    // What undoes a granted request is always sent: there is one for each at most, and room for it.
    let room = message.inverse == nil ? Self.maximumOutstanding : Self.maximumOutstanding / 2
    guard isOpen, message.takesBack || outgoing.count + awaited.count < room else {
      return completion(false)
    }
    let flags: MessageHeader.Flags = wantsReply ? [.version, .needsReply] : .version
    outgoing.append(
      Outgoing(
        message: message, wantsReply: wantsReply, inverse: message.inverse, completion: completion,
        rest: message.encoded(flags: flags), descriptors: message.descriptors))
    flush()
  }

  /// Sends what may be sent and has room.
  func flush() {
    while isOpen, let next = outgoing.first, next.hasBegun || environment.maySend() {
      do {
        if next.wantsReply { try watchReplies() }
        guard let sent = try socket.sendSome(next.rest, descriptors: next.descriptors) else { return try waitForRoom() }
        outgoing[0].hasBegun = true
        outgoing[0].rest.removeFirst(sent)
        outgoing[0].descriptors = []
        if outgoing[0].rest.isEmpty { finishSending() }
      } catch {
        guard !error.isDisconnection, !next.hasBegun else { return close("it is gone: \(error)") }
        // Too many descriptors are under way, for example: this request fails, and the next may not.
        environment.notice("a request to the front end could not be sent: \(error)")
        outgoing.removeFirst().completion(false)
      }
    }
  }

  /// The device is reset, and the front end empties the device's shared memory regions. Requests that are not complete fail,
  /// and a mapping that the front end may yet make is undone before anything else is sent.
  func reset() {
    let (unsent, unanswered) = (outgoing, awaited)
    // The rest of a message that has begun must follow.
    outgoing = outgoing.filter(\.hasBegun)
    let begun = outgoing
    for index in outgoing.indices {
      outgoing[index].completion = { _ in }
      outgoing[index].inverse = nil
    }
    for index in awaited.indices {
      awaited[index].completion = { _ in }
      awaited[index].inverse = nil
    }
    for inverse in unanswered.compactMap(\.inverse) { send(inverse, wantsReply: true) { _ in } }
    for begun in begun {
      if let inverse = begun.inverse { send(inverse, wantsReply: begun.wantsReply) { _ in } }
    }
    for lost in unanswered.map(\.completion) + unsent.map(\.completion) { lost(false) }
  }

  /// Closes the channel. Requests that are not complete fail.
  func close() {
    guard isOpen else { return }
    isOpen = false
    if let replyWatch { environment.loop.cancel(replyWatch) }
    if let roomWatch { environment.loop.cancel(roomWatch) }
    let lost = awaited.map(\.completion) + outgoing.map(\.completion)
    awaited = []
    outgoing = []
    for completion in lost { completion(false) }
  }

  private func close(_ reason: String) {
    environment.notice("the channel to the front end is closed: \(reason)")
    close()
  }

  /// The first of the outgoing requests is out.
  private func finishSending() {
    let sent = outgoing.removeFirst()
    guard sent.wantsReply else { return sent.completion(true) }
    awaited.append(
      Awaited(request: sent.message.request, inverse: sent.inverse, completion: sent.completion))
  }

  private func watchReplies() throws(SystemError) {
    guard replyWatch == nil else { return }
    replyWatch = try environment.loop.watch(descriptor) { [weak self] in self?.readReplies() }
  }

  private func waitForRoom() throws(SystemError) {
    guard roomWatch == nil else { return }
    // A loop watches each descriptor once, and this one may be watched for replies.
    roomWatch = try environment.loop.watch(descriptor.duplicate(), for: .writable) { [weak self] in
      guard let self else { return }
      if let roomWatch { environment.loop.cancel(roomWatch) }
      roomWatch = nil
      flush()
    }
  }

  private func readReplies() {
    do {
      for _ in 0..<Self.repliesPerTurn where isOpen {
        switch try reader.next(from: socket) {
        case .message(let message): try take(message)
        case .waiting: return
        case .ended: close("the front end closed it")
        }
      }
    } catch .frontEndLeft {
      close("the front end closed it")
    } catch {
      environment.broken(error)
    }
  }

  /// Replies come in the order of the requests.
  private func take(_ reply: Message) throws(SessionEnd) {
    var bytes = ByteReader(reply.payload)
    guard let request = awaited.first, reply.header.request == request.request.rawValue,
      reply.payload.count == 8, let result = try? bytes.u64()
    else {
      throw .protocolError(.backEndReply(reply.header.request, count: reply.payload.count))
    }
    awaited.removeFirst()
    request.completion(result == 0)
  }
}

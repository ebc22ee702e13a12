internal import Glibc
internal import LinuxIO
internal import Wire

/// The way in which a back end sends requests of its own: a descriptor that the front end gave it.
///
/// It is a stream socket, which QEMU and user-mode Linux give, and is read from the first request on that has an answer.
/// Anything else is refused: writing to it may wait for as long as its sender likes. Nothing here waits for the peer: what does not fit is sent when
/// there is room, and while no ring runs, when the protocol wants a back end to be silent, nothing is begun.
final class BackEndChannel {
  /// Hears once what became of a request.
  typealias Completion = (Bool) -> Void

  /// The most requests that are not sent or not answered. A front end that never answers keeps its own guest waiting,
  /// and us no more than so many descriptors.
  static let mostOutstanding = 1024
  /// How many answers are read before other descriptors of the loop get their turn.
  private static let answersPerTurn = 32

  private struct Outgoing {
    let message: BackEndMessage
    let wantsReply: Bool
    /// What takes it back; nil when nothing does, or that is on its way.
    var inverse: BackEndMessage?
    var completion: Completion
    var rest: [UInt8]
    var descriptors: [Descriptor]
    var hasBegun = false
  }

  private struct Awaited {
    let request: BackEndRequest
    /// What takes it back; nil when nothing does, or that is on its way.
    var inverse: BackEndMessage?
    var completion: Completion
  }

  /// What a channel needs of its environment.
  struct Environment {
    let loop: EventLoop
    /// True while a ring runs.
    let maySend: () -> Bool
    /// Something is wrong, and the session goes on.
    let notice: (String) -> Void
    /// The peer has broken the protocol.
    let broken: (SessionEnd) -> Void
  }

  private let descriptor: Descriptor
  private let socket: UnixSocket
  private let environment: Environment
  private var reader = MessageReader(.replies)
  private var outgoing: [Outgoing] = []
  private var awaited: [Awaited] = []
  private var answerWatch: EventLoop.Registration?
  private var roomWatch: EventLoop.Registration?
  private(set) var isOpen = true

  init(_ descriptor: Descriptor, environment: Environment) throws(SystemError) {
    guard descriptor.peerKind() == .socket else {
      throw SystemError("send requests over a descriptor that is no Unix stream socket", code: ENOTSOCK)
    }
    self.descriptor = descriptor
    socket = UnixSocket(neverWaitingOn: descriptor)
    self.environment = environment
  }

  /// Tells the driver to look at its configuration space again. A front end that does not read its channel has unread
  /// news of the same kind, so a full one is left alone. With `wantsReply` it is asked whether it passed the news on,
  /// where it can say so.
  func configurationChanged(wantsReply: Bool, completion: @escaping Completion) {
    guard outgoing.isEmpty, !wantsReply else {
      // News that is not sent yet is this news as well.
      if outgoing.contains(where: { $0.message.request == .configChangeMsg && !$0.hasBegun }) { return }
      return send(.configChangeMsg, wantsReply: wantsReply, completion: completion)
    }
    guard isOpen else { return }
    do {
      _ = try socket.sendSome(BackEndMessage.configChangeMsg.encoded(flags: .version))
    } catch {
      close("it could not be told of a new configuration: \(error)")
    }
  }

  /// Sends a request after those before it. `completion` hears whether the front end granted it; with nobody to say so,
  /// whether it was sent.
  func send(_ message: BackEndMessage, wantsReply: Bool, completion: @escaping Completion) {
    // Whatever takes back what was granted goes out all the same: there is one for each at most, and room for it.
    let room = message.inverse == nil ? Self.mostOutstanding : Self.mostOutstanding / 2
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
        if next.wantsReply { try listen() }
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

  /// The device starts over, and the front end takes out of the device's regions what is there. What is on its way is
  /// lost: who asked for it hears so, and a mapping that the front end may yet make is undone before anything else is sent.
  func reset() {
    let (unsent, unanswered) = (outgoing, awaited)
    // Half a message is no message: the rest must follow.
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

  /// Closes the channel. What it still had to do has failed.
  func close() {
    guard isOpen else { return }
    isOpen = false
    if let answerWatch { environment.loop.cancel(answerWatch) }
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

  private func listen() throws(SystemError) {
    guard answerWatch == nil else { return }
    answerWatch = try environment.loop.watch(descriptor) { [weak self] in self?.readAnswers() }
  }

  private func waitForRoom() throws(SystemError) {
    guard roomWatch == nil else { return }
    // A loop waits for each descriptor once, and this one may be waited for to be readable.
    roomWatch = try environment.loop.watch(descriptor.duplicate(), for: .writable) { [weak self] in
      guard let self else { return }
      if let roomWatch { environment.loop.cancel(roomWatch) }
      roomWatch = nil
      flush()
    }
  }

  private func readAnswers() {
    do {
      for _ in 0..<Self.answersPerTurn where isOpen {
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

  /// Answers come in the order of the requests, for they do not say which one they belong to.
  private func take(_ answer: Message) throws(SessionEnd) {
    var bytes = ByteReader(answer.payload)
    guard let request = awaited.first, answer.header.request == request.request.rawValue,
      answer.payload.count == 8, let result = try? bytes.u64()
    else {
      throw .protocolError(.backEndAnswer(answer.header.request, count: answer.payload.count))
    }
    awaited.removeFirst()
    request.completion(result == 0)
  }
}

internal import Display
internal import LinuxIO
internal import Synchronization
internal import VirtioGPU
internal import Wire

/// The work of a ``DisplaySocketSink``'s thread: sends messages one after the other, and reads replies and requests. It waits
/// only in its event loop.
final class DisplaySocketSender {
  /// How many messages are sent before replies are looked for.
  private static let messagesPerTurn = 32

  private let socket: UnixSocket
  private let shared: SinkShared
  private let loop: EventLoop
  private var reader = DisplaySocketReader(.fromFrontEnd)
  /// Messages that go before those of the scanouts.
  private var waiting: [OutgoingMessage] = [OutgoingMessage(.getProtocolFeatures)]
  /// The message that is on its way.
  private var current: OutgoingMessage?
  /// The requests that have no reply yet, in order.
  private var awaited: [Awaited] = [.features]
  /// Limit of the front end's requests: of 16 windows that show 250 frames a second.
  private var requests = RateLimiter(count: 4000, interval: 1_000_000_000)
  private var hasNoticed = false
  private var hasToldEnd = false
  /// True when keys, buttons or fingers may be down by this front end.
  private var hasInput = false

  /// A reply that is to come.
  private enum Awaited {
    case features
    case outputs([SinkState.OutputRequest])
    case update(ScanoutID)

    var request: DisplaySocketRequest {
      switch self {
      case .features: .getProtocolFeatures
      case .outputs: .getDisplayInfo
      case .update: .dmabufUpdate
      }
    }
  }

  init(_ socket: UnixSocket, _ shared: SinkShared) throws(SystemError) {
    self.socket = socket
    self.shared = shared
    loop = try EventLoop()
  }

  /// Works until the sink ends.
  func run() throws {
    try loop.watch(socket.descriptor, for: .eitherEdge) { [unowned self] in progress() }
    try loop.watch(shared.wake.descriptor) { [unowned self] in
      shared.wake.drain()
      progress()
    }
    progress()
    try loop.run()
  }

  /// Reads and sends until either would wait.
  private func progress() {
    do {
      repeat { try readAll() } while try sendSome()
    } catch let end as DisplaySocketSinkEnd {
      self.end(end)
    } catch let error as SystemError {
      end(error.isDisconnection ? .closed : .failed("\(error)"))
    } catch {
      end(.invalidReply("\(error)"))
    }
  }

  private func end(_ end: DisplaySocketSinkEnd) {
    current = nil
    releaseInput()
    for case .outputs(let completions) in awaited {
      for completion in completions { completion(nil) }
    }
    awaited = []
    shared.end(end)
    loop.stop()
  }

  // MARK: - Sending

  /// Sends a few messages; false when there is nothing to send, or no room for it.
  private func sendSome() throws -> Bool {
    for _ in 0..<Self.messagesPerTurn {
      guard let message = current ?? takeNext() else {
        try checkEnd()
        return false
      }
      current = message
      guard try current?.send(to: socket) ?? true else {
        try checkStop()
        return false
      }
      current = nil
    }
    try checkStop()
    return true
  }

  private func takeNext() -> OutgoingMessage? {
    if !waiting.isEmpty { return waiting.removeFirst() }
    let (message, asked) = shared.state.withLock { state in
      state.hasNews = false
      if state.isStopped { return (nil, nil) as (OutgoingMessage?, [SinkState.OutputRequest]?) }
      if state.features != nil, !state.outputRequests.isEmpty, !isAskingOutputs {
        defer { state.outputRequests = [] }
        return (OutgoingMessage(.getDisplayInfo), state.outputRequests)
      }
      var isReceived = false
      let message = state.next {
        isReceived = isReceived || socket.isAllReceived
        return isReceived
      }
      if isReceived { state.allReceived() }
      return (message, nil)
    }
    if let asked { awaited.append(.outputs(asked)) }
    if case .sharedUpdate(let scanout, _) = message?.message { awaited.append(.update(scanout)) }
    if let notice = message?.notice, !hasNoticed {
      hasNoticed = true
      shared.options.onNotice(notice)
    }
    return message
  }

  private var isAskingOutputs: Bool { awaited.contains { $0.request == .getDisplayInfo } }

  private func checkStop() throws(DisplaySocketSinkEnd) {
    if shared.state.withLock({ $0.isStopped }) { throw .stopped }
  }

  /// Ends the sink when everything was sent that its source had.
  private func checkEnd() throws {
    try checkStop()
    let (isDone, features) = shared.state.withLock { state in
      (state.isFinishing && state.features != nil && !state.isBehind, state.features ?? [])
    }
    guard isDone else { return }
    guard features.contains(.surfaces), !hasToldEnd else { throw DisplaySocketSinkEnd.finished }
    hasToldEnd = true
    current = OutgoingMessage(.ended)
    _ = try sendSome()
  }

  // MARK: - Receiving

  private func readAll() throws {
    while true {
      switch try reader.next(from: socket) {
      case .waiting: return
      case .ended: throw DisplaySocketSinkEnd.closed
      case .complete(let arrival): try take(arrival.content)
      }
    }
  }

  private func take(_ content: DisplaySocketReader.Content) throws {
    switch content {
    case .reply(let request, let payload):
      guard awaited.first?.request == request else { throw DisplaySocketSinkEnd.invalidReply("a reply to no request") }
      // An invalid reply throws here: the request stays in the list, and the end of the sink completes it.
      try take(payload, of: awaited[0])
      awaited.removeFirst()
    case .message(.resize(let scanout, let size)): pass(.resize(size), scanout)
    case .message(.presented(let scanout, let number)): pass(.presented(number), scanout)
    case .message(.close(let scanout)): pass(.close, scanout)
    case .message(.input(let scanout, let event)): pass(.input(event), scanout)
    case .message: break
    }
  }

  /// Passes a request on to the source. A front end that sends more than anybody needs loses the rest: they wait in memory
  /// until the source takes them.
  private func pass(_ request: DisplayRequest, _ scanout: ScanoutID) {
    guard requests.take(at: shared.options.now()) else {
      // Once: what is left out does not make anything wait in memory either.
      releaseInput()
      return
    }
    if case .input = request { hasInput = true }
    shared.state.withLock { $0.mailbox }?.request(request, of: scanout)
  }

  /// Releases all keys, buttons and fingers that may be down: their releases were left out, or do not come any more.
  private func releaseInput() {
    guard hasInput else { return }
    hasInput = false
    shared.state.withLock { $0.mailbox }?.request(.input(.releaseAll), of: 0)
  }

  private func take(_ payload: [UInt8], of reply: Awaited) throws {
    var bytes = ByteReader(payload)
    switch reply {
    case .features: agree(on: DisplayFeatures(rawValue: try bytes.u64()))
    case .outputs(let completions):
      let outputs = try DisplaySocketReply.outputs(&bytes)
      for completion in completions { completion(outputs) }
    case .update(let scanout): shared.state.withLock { $0.outboxes[scanout]?.awaitsReply = false }
    }
  }

  private func agree(on offered: DisplayFeatures) {
    let features = offered.intersection(shared.options.features)
    reader.features = features
    waiting.append(OutgoingMessage(.setProtocolFeatures(features)))
    if features.contains(.surfaces) {
      let name = shared.options.name.utf8.prefix(DisplaySocketRequest.longestName)
      waiting.append(OutgoingMessage(.name(count: name.count), bytes: Array(name)))
    }
    shared.state.withLock { $0.agree(on: features, shared.options.isDMABuf) }
    shared.options.onReady(features)
  }
}

internal import LinuxIO

/// One client of a ``ControlServer``. The server either reads from it or writes to it, never both: so nothing piles up for a
/// client that does not read its responses.
final class ControlPeer {
  /// Called when the client is gone.
  var onEnd: () -> Void = {}
  /// Called when the server starts to wait for the client: for the rest of a request, or for it to read its response.
  var onWait: () -> Void = {}
  /// Since when the server waits for the client, in nanoseconds of `Alarm.now`; nil: the client has its response and sends
  /// nothing.
  private(set) var waitingSince: UInt64?
  /// When it connected, or had its latest response.
  private(set) var lastActive = Alarm.now

  private let socket: UnixSocket
  private let loop: EventLoop
  private let respond: ControlServer.Respond
  private let attachDisplay: () throws -> Descriptor
  private var registration: EventLoop.Registration?
  private var isClosed = false
  /// True while a request is carried out. Nothing is read or written until then.
  private var isResponding = false
  private var input = LineBuffer(limit: ControlRequest.longest)
  private var output: [UInt8] = []
  /// What goes with the first byte of the output.
  private var attached: [Descriptor] = []
  /// True when nothing more is read.
  private var isEnding = false

  init(
    _ socket: UnixSocket, loop: EventLoop, attachDisplay: @escaping () throws -> Descriptor,
    respond: @escaping ControlServer.Respond
  ) {
    self.socket = socket
    self.loop = loop
    self.attachDisplay = attachDisplay
    self.respond = respond
  }

  func start() {
    // A client that connects is expected to send a request.
    startWaiting()
    watch(for: .readable)
  }

  /// Closes the connection; `reason` is sent as an error first, unless the client is in the middle of a response.
  func close(because reason: String? = nil) {
    guard !isClosed else { return }
    isClosed = true
    if let reason, output.isEmpty { _ = try? socket.sendSome(ControlResponse(error: reason).line + [0x0a]) }
    unwatch()
    socket.shutdown()
    onEnd()
  }

  private func startWaiting() {
    waitingSince = Alarm.now
    onWait()
  }

  private func unwatch() {
    if let registration { loop.cancel(registration) }
    registration = nil
  }

  private func watch(for interest: EventLoop.Interest) {
    unwatch()
    registration = try? loop.watch(socket.descriptor, for: interest) { [weak self] in
      if interest == .readable { self?.read() } else { self?.write() }
    }
    // A client that cannot be watched cannot be served.
    if registration == nil { onEnd() }
  }

  /// Reads and writes at once what can be, so that a client that has left, or has a response to read, is noticed.
  func update() {
    guard !isResponding else { return }
    if output.isEmpty { read() }
    if !output.isEmpty { write() }
  }

  private func read() {
    guard let received = try? socket.receive(ControlRequest.longest, maximumDescriptors: 0) else { return close() }
    guard !received.wouldBlock else { return }
    input.append(received.bytes)
    isEnding = received.isEnd
    advance()
  }

  private func write() {
    do {
      guard let count = try socket.sendSome(output, descriptors: attached) else { return }
      attached = []
      output.removeFirst(count)
    } catch {
      return close()
    }
    guard output.isEmpty else { return }
    waitingSince = nil
    lastActive = Alarm.now
    advance()
  }

  /// Carries out the next request and waits for room for its response, which gives the loop a turn in between.
  private func advance() {
    switch input.next(isEnd: isEnding) {
    case .line(let line):
      carryOut(line)
    case .tooLong:
      input = LineBuffer(limit: ControlRequest.longest)
      isEnding = true
      send(ControlResponse(error: ControlError.tooLong(limit: ControlRequest.longest).description))
    case nil:
      if isEnding { return close() }
      // A request that comes byte by byte has one time limit for all of them.
      if waitingSince == nil, !input.isEmpty { startWaiting() }
      watch(for: .readable)
    }
  }

  private func send(_ response: ControlResponse) {
    output = response.line + [0x0a]
    startWaiting()
    watch(for: .writable)
  }

  /// Carries a request out, and sends its response when there is one.
  private func carryOut(_ line: [UInt8]) {
    let request: ControlRequest
    do throws(ControlError) {
      request = try ControlRequest(line: line)
      if request == .attachDisplay {
        do { attached = [try attachDisplay()] } catch { throw ControlError("\(error)") }
      }
    } catch {
      return send(ControlResponse(error: error.description))
    }
    // The client waits for us now, and not we for it.
    waitingSince = nil
    isResponding = true
    unwatch()
    respond(request) { [weak self] in self?.responded($0) }
  }

  private func responded(_ response: ControlResponse) {
    guard isResponding, !isClosed else { return }
    isResponding = false
    lastActive = Alarm.now
    send(response)
  }
}

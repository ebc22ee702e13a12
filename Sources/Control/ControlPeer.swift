internal import LinuxIO

/// One client of a ``ControlServer``. It is either read from or written to, never both: so nothing piles up for a client
/// that does not read its answers.
final class ControlPeer {
  /// Hears that the client is gone.
  var onEnd: () -> Void = {}
  /// Hears that the client owes something from now on: the rest of a request, or to read its answer.
  var onOwing: () -> Void = {}
  /// Since when the client owes something, in nanoseconds of `Alarm.now`; nil: it was served and says nothing.
  private(set) var owingSince: UInt64?
  /// When it came, or had its latest answer.
  private(set) var lastActive = Alarm.now

  private let socket: UnixSocket
  private let loop: EventLoop
  private let answer: (ControlRequest) -> ControlResponse
  private var registration: EventLoop.Registration?
  private var input = LineBuffer(limit: ControlRequest.longest)
  private var output: [UInt8] = []
  /// True when nothing more is read.
  private var isEnding = false

  init(_ socket: UnixSocket, loop: EventLoop, answer: @escaping (ControlRequest) -> ControlResponse) {
    self.socket = socket
    self.loop = loop
    self.answer = answer
  }

  func start() {
    // Who connects owes a request.
    owe()
    wait(for: .readable)
  }

  /// Sends the client away; `reason` tells it why, unless it is in the middle of an answer.
  func close(because reason: String? = nil) {
    guard let registration else { return }
    if let reason, output.isEmpty { _ = try? socket.sendSome(ControlResponse(error: reason).line + [0x0a]) }
    loop.cancel(registration)
    self.registration = nil
    socket.shutdown()
    onEnd()
  }

  private func owe() {
    owingSince = Alarm.now
    onOwing()
  }

  private func wait(for interest: EventLoop.Interest) {
    if let registration { loop.cancel(registration) }
    registration = try? loop.watch(socket.descriptor, for: interest) { [weak self] in
      if interest == .readable { self?.read() } else { self?.write() }
    }
    // Without a way to wait there is none to serve it.
    if registration == nil { onEnd() }
  }

  /// Looks at once whether the client has left; what it asked before is answered, if it reads answers.
  func poll() {
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
      guard let count = try socket.sendSome(output) else { return }
      output.removeFirst(count)
    } catch {
      return close()
    }
    guard output.isEmpty else { return }
    owingSince = nil
    lastActive = Alarm.now
    advance()
  }

  /// Carries out the next request and waits for room for its answer, which gives the loop a turn in between.
  private func advance() {
    switch input.next(isEnd: isEnding) {
    case .line(let line):
      send(reply(to: line))
    case .tooLong:
      input = LineBuffer(limit: ControlRequest.longest)
      isEnding = true
      send(ControlResponse(error: ControlError.tooLong(limit: ControlRequest.longest).description))
    case nil:
      if isEnding { return close() }
      // A request that comes byte by byte has one time for all of them.
      if owingSince == nil, !input.isEmpty { owe() }
      wait(for: .readable)
    }
  }

  private func send(_ answer: ControlResponse) {
    output = answer.line + [0x0a]
    owe()
    wait(for: .writable)
  }

  private func reply(to line: [UInt8]) -> ControlResponse {
    do throws(ControlError) {
      return answer(try ControlRequest(line: line))
    } catch {
      return ControlResponse(error: error.description)
    }
  }
}

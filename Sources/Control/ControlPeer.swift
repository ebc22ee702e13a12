internal import LinuxIO

/// One client of a ``ControlServer``. It is either read from or written to, never both: so nothing piles up for a client
/// that does not read its answers.
final class ControlPeer {
  /// Hears that the client is gone.
  var onEnd: () -> Void = {}

  private let socket: UnixSocket
  private let loop: EventLoop
  private let answer: (ControlRequest) -> ControlAnswer
  private var registration: EventLoop.Registration?
  private var input = LineBuffer(limit: ControlRequest.longest)
  private var output: [UInt8] = []
  /// True when nothing more is read.
  private var isEnding = false

  init(_ socket: UnixSocket, loop: EventLoop, answer: @escaping (ControlRequest) -> ControlAnswer) {
    self.socket = socket
    self.loop = loop
    self.answer = answer
  }

  func start() {
    wait(for: .readable)
  }

  func close() {
    guard let registration else { return }
    loop.cancel(registration)
    self.registration = nil
    socket.shutdown()
    onEnd()
  }

  private func wait(for interest: EventLoop.Interest) {
    if let registration { loop.cancel(registration) }
    registration = try? loop.watch(socket.descriptor, for: interest) { [weak self] in
      if interest == .readable { self?.read() } else { self?.write() }
    }
    // Without a way to wait there is none to serve it.
    if registration == nil { onEnd() }
  }

  /// Looks at once whether the client has left; what it said before is heard.
  func poll() {
    if output.isEmpty { read() } else { write() }
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
    if output.isEmpty { advance() }
  }

  /// Carries out the next request and waits for room for its answer, which gives the loop a turn in between.
  private func advance() {
    switch input.next(isEnd: isEnding) {
    case .line(let line):
      output = reply(to: line).line + [0x0a]
      wait(for: .writable)
    case .tooLong:
      output = ControlAnswer(error: ControlError.tooLong(limit: ControlRequest.longest).description).line + [0x0a]
      input = LineBuffer(limit: ControlRequest.longest)
      isEnding = true
      wait(for: .writable)
    case nil:
      if isEnding { close() } else { wait(for: .readable) }
    }
  }

  private func reply(to line: [UInt8]) -> ControlAnswer {
    do throws(ControlError) {
      return answer(try ControlRequest(line: line))
    } catch {
      return ControlAnswer(error: error.description)
    }
  }
}

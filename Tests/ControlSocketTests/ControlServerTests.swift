import ControlSocket
import Display
import Foundation
import LinuxIO
import Synchronization
import Testing
import VirtioGPU

@Suite("The control socket", .timeLimit(.minutes(5)))
struct ControlServerTests {
  /// A server on a thread of its own; a response says the number of its request in place of the output.
  private final class Served: @unchecked Sendable {
    let path = "/tmp/scanout-control-\(UInt64.random(in: 0 ... .max)).sock"
    let requests = Mutex<[ControlRequest]>([])
    private let loop: EventLoop
    private var server: ControlServer?
    private var thread: NamedThread?

    init(timeout: Int = 600) throws {
      loop = try EventLoop()
      let listener = try UnixListener(path: path)
      server = try ControlServer(at: listener, loop: loop, timeout: timeout) { [unowned self] request in
        let count = requests.withLock {
          $0.append(request)
          return $0.count
        }
        return ControlResponse(outputs: [], output: count, guest: .notified)
      }
      thread = try NamedThread("control") { [self] in
        try? loop.run()
        self.server?.stop()
        self.server = nil
      }
    }

    func stop() {
      loop.stop()
      thread?.join()
    }
  }

  /// All that a socket receives until it is closed, or reset because what it sent was not wanted.
  private func everything(_ socket: UnixSocket) -> String {
    var bytes: [UInt8] = []
    while let received = try? socket.receive(4096), !received.isEnd { bytes += received.bytes }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("requests are responded to in order, on one connection and on several")
  func responses() throws {
    let served = try Served()
    defer { served.stop() }
    let (first, second) = (try ControlClient(path: served.path), try ControlClient(path: served.path))
    #expect(try first.send(.list).output == 1)
    #expect(try second.send(.change(.remove(1))).output == 2)
    #expect(try first.send(.change(.move(1, to: .zero))).output == 3)
    #expect(served.requests.withLock { $0 } == [.list, .change(.remove(1)), .change(.move(1, to: .zero))])
  }

  @Test("only its own user may open the socket")
  func mode() throws {
    let served = try Served()
    defer { served.stop() }
    let attributes = try FileManager.default.attributesOfItem(atPath: served.path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
  }

  @Test("a line that is not a request is refused, and the next one is served")
  func malformed() throws {
    let served = try Served()
    defer { served.stop() }
    let socket = try UnixSocket.connect(to: served.path)
    try socket.send(Array("what?\n\n{\"command\":\"list\"}".utf8))
    _ = shutdown(socket.descriptor.rawValue, Int32(SHUT_WR))
    let lines = everything(socket).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.contains("one line of JSON") == true)
    #expect(served.requests.withLock { $0 } == [.list])
  }

  @Test("a line without an end is refused when it gets too long, and its sender is disconnected")
  func endless() throws {
    let served = try Served()
    defer { served.stop() }
    let socket = try UnixSocket.connect(to: served.path)
    try? socket.send([UInt8](repeating: 0x41, count: 100_000))
    #expect(everything(socket).contains("longer than 1024 bytes"))
    #expect(try ControlClient(path: served.path).send(.list).output == 1)
  }

  @Test("a client that sends half a line and leaves, or leaves before the response, disturbs nothing")
  func leaving() throws {
    let served = try Served()
    defer { served.stop() }
    for text in ["", "{", "{\"command\":\"list\"}\n", "\n\n\n"] {
      for _ in 0..<20 { try UnixSocket.connect(to: served.path).send(Array(text.utf8)) }
    }
    #expect(throws: Never.self) { try ControlClient(path: served.path).send(.list) }
  }

  @Test("a client that sends requests without end and reads nothing is held back, without polling")
  func greedy() throws {
    let path = "/tmp/scanout-control-\(UInt64.random(in: 0 ... .max)).sock"
    let loop = try EventLoop()
    var count = 0
    let server = try ControlServer(at: UnixListener(path: path), loop: loop) { _ in
      count += 1
      return ControlResponse(outputs: [], output: count, guest: nil)
    }
    defer { server.stop() }
    let greedy = try UnixSocket.connect(to: path)
    try greedy.descriptor.setNonBlocking()
    let many = Array(repeatElement(Array("{\"command\":\"list\"}\n".utf8), count: 100).joined())
    // Until both directions are full.
    while true {
      let sent = try greedy.sendSome(many)
      let before = loop.wakeUps
      let start = ContinuousClock.now
      try loop.runOnce(timeoutMilliseconds: 200)
      #expect(loop.wakeUps == before + 1)
      if sent == nil, ContinuousClock.now - start > .milliseconds(150) { break }
    }
    let held = count
    let other = try UnixSocket.connect(to: path)
    try other.send(Array("{\"command\":\"list\"}\n".utf8))
    for _ in 0..<3 { try loop.runOnce(timeoutMilliseconds: 100) }
    #expect(count == held + 1)
    #expect(try other.receive(1000).bytes.last == 0x0a)
  }

  @Test("one client more than there may be is served, and the one that was silent longest is told and disconnected")
  func crowd() throws {
    let served = try Served()
    defer { served.stop() }
    let clients = try (0..<ControlServer.maximumClients).map { _ in try ControlClient(path: served.path) }
    for client in clients.reversed() { #expect(try client.send(.list).error == nil) }
    let surplus = try ControlClient(path: served.path)
    #expect(try surplus.send(.list).error == nil)
    #expect(try clients.last?.send(.list).error?.contains("another program needs the place") == true)
    for client in clients.dropLast() + [surplus] { #expect(try client.send(.list).error == nil) }
  }

  @Test("silent clients do not keep others from being served, however many there are")
  func silentCrowd() throws {
    let served = try Served()
    defer { served.stop() }
    var silent: [UnixSocket] = []
    for number in 1...5 {
      for _ in 0...ControlServer.maximumClients {
        let socket = try UnixSocket.connect(to: served.path)
        try socket.send(Array("{".utf8))
        silent.append(socket)
      }
      #expect(try ControlClient(path: served.path).send(.list).output == number)
    }
    #expect(everything(silent[0]).contains("another program needs the place"))
  }

  @Test(
    "a client that sends nothing, or half a request, is disconnected with an error; one that was responded to may stay",
    arguments: ["", "{"])
  func silent(text: String) throws {
    let served = try Served(timeout: 5)
    defer { served.stop() }
    let idle = try ControlClient(path: served.path)
    #expect(try idle.send(.list).output == 1)
    let silent = try UnixSocket.connect(to: served.path)
    try silent.send(Array(text.utf8))
    #expect(everything(silent).contains("no complete request came within 5 s"))
    #expect(try idle.send(.list).output == 2)
  }

  @Test("a client that does not read its responses is disconnected")
  func deaf() throws {
    let served = try Served(timeout: 1)
    defer { served.stop() }
    let deaf = try UnixSocket.connect(to: served.path)
    try deaf.descriptor.setNonBlocking()
    let many = Array(repeatElement(Array("{\"command\":\"list\"}\n".utf8), count: 100).joined())
    let error = #expect(throws: SystemError.self) {
      // Full in both directions, until the server goes away.
      while true {
        try #require(try deaf.descriptor.wait(for: .writable, timeoutMilliseconds: 120_000))
        _ = try deaf.sendSome(many)
      }
    }
    #expect(error?.isDisconnection == true)
    #expect(try ControlClient(path: served.path).send(.list).error == nil)
  }

  @Test("descriptors that a client sends along are closed")
  func descriptors() throws {
    let served = try Served()
    defer { served.stop() }
    let socket = try UnixSocket.connect(to: served.path)
    let near: UnixSocket
    do {
      let pair = try UnixSocket.makePair()
      near = pair.0
      try socket.send(Array("{\"command\":\"list\"}\n".utf8), descriptors: [pair.1.descriptor])
    }
    #expect(try near.receive(1).isEnd)
    #expect(try !socket.receive(100).bytes.isEmpty)
  }

  @Test("a client says so when no process listens, or when the response is not one of a control socket")
  func clients() throws {
    let error = #expect(throws: ControlError.self) { try ControlClient(path: "/tmp/scanout-no-such.sock") }
    #expect(error?.description.contains("--control /tmp/scanout-no-such.sock") == true)
    for text in ["", "hello\n", "{}{}\n", String(repeating: "x", count: 70_000)] {
      let path = "/tmp/scanout-control-\(UInt64.random(in: 0 ... .max)).sock"
      let listener = try UnixListener(path: path)
      let client = try ControlClient(path: path)
      let thread = try NamedThread("other-server") {
        guard let peer = try? listener.accept() else { return }
        try? peer.send(Array(text.utf8))
      }
      #expect(throws: (any Error).self) { try client.send(.list) }
      thread.join()
    }
  }

  @Test("a response that comes later is sent when it comes; others are served meanwhile, and one who left is forgotten")
  func laterResponses() throws {
    let path = "/tmp/scanout-control-\(UInt64.random(in: 0 ... .max)).sock"
    let loop = try EventLoop()
    let pending = Mutex<Int>(0)
    let wake = try EventCounter()
    var completions: [(ControlResponse) -> Void] = []
    let server = try ControlServer(at: UnixListener(path: path), loop: loop) { request, respond in
      if request == .list { return respond(ControlResponse(outputs: [], output: nil, guest: nil)) }
      completions.append(respond)
      pending.withLock { $0 += 1 }
    }
    try loop.watch(wake.descriptor) {
      wake.drain()
      // Twice: the second has no effect.
      for respond in completions { for actions in [7, 8] { respond(ControlResponse(actions: actions)) } }
      completions = []
    }
    let run = LoopRun(loop: loop)
    let thread = try NamedThread("control") { try? run.loop.run() }
    defer {
      loop.stop()
      thread.join()
      server.stop()
    }
    let line = Array("{\"command\":\"type\",\"text\":\"a\"}\n{\"command\":\"list\"}\n".utf8)
    let (waiting, leaving) = (try UnixSocket.connect(to: path), try UnixSocket.connect(to: path))
    try waiting.send(line)
    try leaving.send(line)
    while pending.withLock({ $0 }) < 2 { usleep(1000) }
    #expect(try ControlClient(path: path).send(.list).outputs == [])
    leaving.shutdown()
    // Its next request waits for the response to the first.
    #expect(try !waiting.descriptor.wait(for: .readable, timeoutMilliseconds: 0))
    wake.signal()
    _ = shutdown(waiting.descriptor.rawValue, Int32(SHUT_WR))
    let lines = everything(waiting).split(separator: "\n")
    #expect(lines.count == 2 && lines.first?.contains("\"actions\":7") == true, "\(lines)")
  }

  private struct LoopRun: @unchecked Sendable {
    let loop: EventLoop
  }
}

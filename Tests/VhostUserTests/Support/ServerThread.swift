import LinuxIO
import Synchronization
import VhostUser

/// A server with an ``EchoDevice`` on a thread of its own, as a program runs it.
final class ServerThread: Sendable {
  typealias Errand = @Sendable (Server, EchoDevice) -> Void

  /// What the device was told.
  let journal = Journal()
  /// What the server reported.
  let events = Journal()
  private let errands: Errands
  private let stopBell: EventCounter
  private let thread: NamedThread

  /// Serves one connected front end.
  convenience init(_ socket: UnixSocket) throws {
    try self.init { try $0.serve(socket) }
  }

  /// Listens at a path.
  convenience init(path: String) throws {
    try self.init { try $0.listen(at: path) }
  }

  private init(_ begin: @escaping @Sendable (Server) throws -> Void) throws {
    errands = try Errands()
    stopBell = try EventCounter()
    let isReady = try EventCounter()
    thread = try NamedThread("echo device") { [journal, events, errands, stopBell] in
      do {
        let loop = try EventLoop()
        let device = EchoDevice(journal: journal)
        let server = Server(device: device, loop: loop) { events.write("\($0)") }
        // The loop keeps its handlers, so they do not keep the loop.
        try loop.watch(errands.bell.descriptor) { [unowned server] in
          for errand in errands.take() { errand(server, device) }
        }
        try loop.watch(stopBell.descriptor) { [unowned loop] in loop.stop() }
        try begin(server)
        isReady.signal()
        try loop.run()
        server.stop()
      } catch {
        events.write("failed: \(error)")
        isReady.signal()
      }
    }
    _ = try isReady.wait(timeoutMilliseconds: 10_000)
  }

  /// Does something on the device's thread, and returns when it is done.
  func perform(_ body: @escaping Errand) throws {
    let isDone = try EventCounter()
    errands.add { server, device in
      body(server, device)
      isDone.signal()
    }
    guard try isDone.wait(timeoutMilliseconds: 10_000) else { throw FrontEndError.closed }
  }

  /// Ends the thread, and the session with it.
  func stop() {
    stopBell.signal()
    thread.join()
  }

  deinit {
    stop()
  }

  /// What the device's thread is asked to do.
  private final class Errands: Sendable {
    let bell: EventCounter
    private let errands = Mutex<[Errand]>([])

    init() throws {
      bell = try EventCounter()
    }

    func add(_ errand: @escaping Errand) {
      errands.withLock { $0.append(errand) }
      bell.signal()
    }

    func take() -> [Errand] {
      bell.drain()
      return errands.withLock { errands in
        defer { errands = [] }
        return errands
      }
    }
  }
}

import LinuxIO
import Synchronization
import VhostUser

/// A server with an ``EchoDevice`` on a thread of its own, as a program runs it.
final class ServerThread: Sendable {
  typealias ServerTask = @Sendable (Server, EchoDevice) -> Void

  /// What the device was told.
  let journal = Journal()
  /// What the server reported.
  let events = Journal()
  private let tasks: ServerTasks
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
    tasks = try ServerTasks()
    stopBell = try EventCounter()
    let isReady = try EventCounter()
    thread = try NamedThread("echo device") { [journal, events, tasks, stopBell] in
      do {
        let loop = try EventLoop()
        let device = EchoDevice(journal: journal)
        let server = Server(device: device, loop: loop) { events.write("\($0)") }
        // The loop keeps its handlers, so they do not keep the loop.
        try loop.watch(tasks.bell.descriptor) { [unowned server] in
          for task in tasks.take() { task(server, device) }
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
  func perform(_ body: @escaping ServerTask) throws {
    let isDone = try EventCounter()
    tasks.add { server, device in
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

  /// Queue of the tasks for the device's thread.
  private final class ServerTasks: Sendable {
    let bell: EventCounter
    private let tasks = Mutex<[ServerTask]>([])

    init() throws {
      bell = try EventCounter()
    }

    func add(_ task: @escaping ServerTask) {
      tasks.withLock { $0.append(task) }
      bell.signal()
    }

    func take() -> [ServerTask] {
      bell.drain()
      return tasks.withLock { tasks in
        defer { tasks = [] }
        return tasks
      }
    }
  }
}

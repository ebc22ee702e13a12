internal import LinuxIO
internal import Synchronization
internal import VhostUser

/// Back end at a socket that gives whoever connects a ``BlankDevice``, and notes what becomes of the connection and of the
/// display sockets that come over it.
final class JudgingServer {
  /// What has happened.
  struct State: Sendable {
    /// Connections so far.
    var connections = 0
    /// True while a front end is connected.
    var isConnected = false
    /// Why the last connection ended.
    var end: String?
    /// The display socket that came last and was not taken yet.
    var display: Descriptor?
  }

  private final class Shared: Sendable {
    let state = Mutex(State())
    let changed: EventCounter
    let stop: EventCounter

    init() throws(SystemError) {
      changed = try EventCounter()
      stop = try EventCounter()
    }

    func update(_ change: (inout State) -> Void) {
      state.withLock { change(&$0) }
      changed.signal()
    }
  }

  private let shared: Shared
  private let thread: NamedThread

  /// Listens at a path, which is free again afterwards.
  init(path: String) throws {
    let shared = try Shared()
    self.shared = shared
    let listener = try UnixListener(path: path)
    thread = try NamedThread("judge", takesSignals: false) {
      do {
        try Self.serve(listener, shared)
      } catch {
        shared.update { $0.end = "\(error)" }
      }
    }
  }

  deinit {
    shared.stop.signal()
    thread.join()
  }

  private static func serve(_ listener: UnixListener, _ shared: Shared) throws {
    let loop = try EventLoop()
    let server = Server(device: BlankDevice(), loop: loop) { event in
      switch event {
      case .connected:
        shared.update {
          $0.connections += 1
          $0.isConnected = true
        }
      case .ended(let reason):
        shared.update {
          $0.isConnected = false
          $0.display = nil
          $0.end = "\(reason)"
        }
      case .refused, .notice: break
      }
    }
    server.onDriverEvent = { event in
      if case .displaySocket(let socket) = event { shared.update { $0.display = socket } }
    }
    try loop.watch(shared.stop.descriptor) { [unowned loop] in loop.stop() }
    try server.listen(on: listener)
    try loop.run()
    server.stop()
  }

  /// What has happened so far.
  var state: State { shared.state.withLock { $0 } }

  /// Waits until what has happened meets a condition; false: it did not by then.
  func wait(until deadline: ContinuousClock.Instant, _ isMet: (State) -> Bool) throws -> Bool {
    while true {
      if isMet(state) { return true }
      let left = min(ContinuousClock.now.duration(to: deadline) / .milliseconds(1), 86_400_000)
      guard left > 0, try shared.changed.wait(timeoutMilliseconds: Int32(left.rounded(.up))) else {
        return isMet(state)
      }
    }
  }

  /// Takes the display socket that came last.
  func takeDisplay() -> Descriptor? {
    shared.state.withLock { state in
      defer { state.display = nil }
      return state.display
    }
  }
}

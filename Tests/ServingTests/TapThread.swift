import LinuxIO
import Serving
import Synchronization

/// The relay of a tap on a thread of its own, as `scanout tap` runs it; the display socket passes on as well.
final class TapThread: Sendable {
  /// What virtual machines connect to.
  let path: String
  private let events: Events
  private let stopBell: EventCounter
  private let thread: NamedThread

  /// What the server reported.
  private final class Events: Sendable {
    let all = Mutex<[TapServer.Event]>([])
    let news: EventCounter

    init() throws { news = try EventCounter() }

    func add(_ event: TapServer.Event) {
      all.withLock { $0.append(event) }
      news.signal()
    }
  }

  init(_ backEnd: TapBackEnd) throws {
    path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    let (events, stopBell) = (try Events(), try EventCounter())
    (self.events, self.stopBell) = (events, stopBell)
    let listener = try UnixListener(path: path)
    thread = try NamedThread("tap") {
      do {
        let loop = try EventLoop()
        let server = TapServer(backEnd, scanouts: 1, loop: loop, displaySocket: { _ in nil }) { events.add($0) }
        try loop.watch(stopBell.descriptor) { [unowned loop] in loop.stop() }
        try server.listen(on: listener)
        try loop.run()
        server.stop()
      } catch {
        events.add(.notice("failed: \(error)"))
      }
    }
  }

  /// The next event that is not that of a connection.
  func nextEvent() throws -> TapServer.Event? {
    while true {
      let event = events.all.withLock { all in
        all.removeAll { $0 == .connected }
        return all.isEmpty ? nil : all.removeFirst()
      }
      if let event { return event }
      guard try events.news.wait(timeoutMilliseconds: 60_000) else { return nil }
    }
  }

  func stop() {
    stopBell.signal()
    thread.join()
  }
}

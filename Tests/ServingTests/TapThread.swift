import Display
import LinuxIO
import Logging
import ScanoutTesting
import Synchronization
import VirtioGPU

@testable import Serving

/// A tap on a thread of its own, as `scanout tap` runs it. What it showed is waited for, or read after ``stop()``.
final class TapThread: Sendable {
  /// What virtual machines connect to.
  let path: String
  /// What the display showed.
  let shown: ShownFrames
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

  /// With `takesDisplay` false, display sockets pass on as everything else does.
  init(
    _ backEnd: TapBackEnd, outputs: [Output] = [Output(size: Size(width: 64, height: 48))], pace: Pace = .immediate,
    forwards: Bool = false, takesDisplay: Bool = true, holds: Bool = false
  ) throws {
    path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    let (events, stopBell, shown) = (try Events(), try EventCounter(), try ShownFrames(holds: holds))
    (self.events, self.stopBell, self.shown) = (events, stopBell, shown)
    let listener = try UnixListener(path: path)
    var configuration = TapRun.TapConfiguration(
      at: path, backEnd: backEnd, outputs: outputs, sinks: SinkConfiguration(), producer: "a test")
    configuration.pace = pace
    configuration.forwards = forwards
    thread = try NamedThread("tap") { [configuration] in
      do {
        let loop = try EventLoop()
        let wake = try EventCounter()
        let display = DisplaySource { wake.signal() }
        try display.add(shown, named: "test", policy: .required)
        try loop.watch(wake.descriptor) {
          wake.drain()
          try display.serve()
        }
        let log = RateLimitedLog(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let tap = try TapDisplay(display, configuration, loop: loop, log: log)
        let server = TapServer(
          backEnd, scanouts: outputs.count, loop: loop,
          displaySocket: { (socket) throws(SystemError) in takesDisplay ? try tap.makeSocket(for: socket) : nil }
        ) { event in
          if case .ended = event { try? tap.leave() }
          events.add(event)
        }
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

/// Sink that keeps what it was shown, for another thread to wait for.
final class ShownFrames: DisplaySink, @unchecked Sendable {
  private let recorder = EventRecorder()
  private let lock = Mutex(())
  private let news: EventCounter
  private let holds: Bool
  private weak var source: DisplaySource?
  private var hold: FrameHold?

  /// With `holds`, each frame is held until ``release()``.
  init(holds: Bool) throws {
    news = try EventCounter()
    self.holds = holds
  }

  func join(_ source: DisplaySource) {
    self.source = source
  }

  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    try lock.withLock { _ in
      try recorder.receive(event, on: scanout, at: time)
      if case .frame = event, holds, hold == nil { hold = source?.hold() }
    }
    news.signal()
  }

  func finish() {}

  /// Ends the hold of the last frame.
  func release() {
    lock.withLock { _ in
      hold?.end()
      hold = nil
    }
  }

  /// Reads what was recorded.
  func read<Value>(_ body: (EventRecorder) throws -> Value) rethrows -> Value {
    try lock.withLock { _ in try body(recorder) }
  }

  /// Waits until what was recorded fulfils a condition; false when it has not for a minute.
  func wait(until isReached: (EventRecorder) throws -> Bool) throws -> Bool {
    while try !read(isReached) {
      guard try news.wait(timeoutMilliseconds: 60_000) else { return false }
    }
    return true
  }
}

extension UnixSocket {
  /// True when the tap closed this connection; waits until something happens.
  func isClosed() throws -> Bool {
    do {
      return try receive(1).isEnd
    } catch {
      // A reset: what was sent last was never read.
      guard error.isDisconnection else { throw error }
      return true
    }
  }
}

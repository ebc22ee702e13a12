import Display
import LinuxIO
import ScanoutTesting
import Synchronization
import Testing

@Suite("A display source")
struct DisplaySourceTests {
  private struct Broken: Error {}

  /// Sink that counts what it gets. Used on the thread of its test.
  private final class CountingSink: DisplaySink, @unchecked Sendable {
    private(set) var events = 0
    private(set) var ends = 0
    var onEvent: (DisplayEvent) throws -> Void = { _ in }

    func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
      events += 1
      try onEvent(event)
    }

    func finish() { ends += 1 }
  }

  @Test("every sink receives every event, in order")
  func order() throws {
    let source = DisplaySource()
    let (first, second) = (EventRecorder(), EventRecorder())
    try source.add(first, named: "first", policy: .required)
    try source.add(second, named: "second", policy: .optional)
    try source.emit(.cursorMoved(Point(x: 1, y: 2)), on: 3, at: .zero)
    try source.emit(.vsync(tick: 9), on: 3, at: .zero)
    #expect(first.entries == [.cursorMoved(3, Point(x: 1, y: 2)), .vsync(3, 9)])
    #expect(second.entries == first.entries)
  }

  @Test("an optional sink that fails is dropped once, with its name, and the others go on")
  func optional() throws {
    var dropped: [String] = []
    let source = DisplaySource()
    source.onDrop = { name, _ in dropped.append(name) }
    let (failing, recorder) = (FailingSink(Broken(), failsToFinish: true), EventRecorder())
    try source.add(failing, named: "window", policy: .optional)
    try source.add(recorder, named: "dump", policy: .required)
    try source.emit(.vsync(tick: 1), on: 0, at: .zero)
    try source.emit(.vsync(tick: 2), on: 0, at: .zero)
    #expect(dropped == ["window"])
    #expect(failing.eventCount == 1)
    #expect(recorder.entries.count == 2)
  }

  @Test("a required sink that fails stops the run, after the others have received the event")
  func required() throws {
    let source = DisplaySource()
    let recorder = EventRecorder()
    try source.add(FailingSink(Broken(), failsToFinish: true), named: "dump", policy: .required)
    try source.add(recorder, named: "window", policy: .optional)
    #expect(throws: Broken.self) { try source.emit(.vsync(tick: 1), on: 0, at: .zero) }
    #expect(recorder.entries == [.vsync(0, 1)])
    #expect(throws: Broken.self) { try source.finish() }
  }

  @Test("a sink that joins late gets the current state first, then what comes")
  func lateSink() throws {
    let source = DisplaySource()
    let surface = try Surface(size: Size(width: 4, height: 3), format: .b8g8r8x8)
    try source.emit(.scanout(surface), on: 1, at: .zero)
    try source.emit(.damage(Rectangle(x: 1, y: 1, width: 1, height: 1)), on: 1, at: .zero)
    try source.emit(.frame(1), on: 1, at: .zero)
    try source.emit(.cursorMoved(Point(x: 7, y: 8)), on: 1, at: .zero)
    let late = EventRecorder()
    try source.add(late, named: "window", policy: .optional)
    try source.emit(.vsync(tick: 1), on: 1, at: .zero)
    #expect(
      late.entries == [
        .scanout(1, surface.size, .b8g8r8x8), .damage(1, Rectangle(surface.size)), .cursorMoved(1, Point(x: 7, y: 8)),
        .vsync(1, 1),
      ])
    #expect(late.frames == [1: 1])
  }

  @Test("requests of other threads wait for the source's thread, in order, and none is merged")
  func requests() throws {
    let wakeUps = Mutex(0)
    let source = DisplaySource { wakeUps.withLock { $0 += 1 } }
    var served: [DisplayRequest] = []
    source.onRequest = { request, _ in served.append(request) }
    let sizes = [Size(width: 1, height: 2), Size(width: 3, height: 4), Size(width: 1, height: 2)]
    for size in sizes { source.request(.resize(size), of: 0) }
    #expect(served.isEmpty)
    try source.serve()
    #expect(served == sizes.map { .resize($0) })
    #expect(wakeUps.withLock { $0 } == 3)
  }

  @Test("a source is held until the last hold has ended, and is told so once")
  func holds() throws {
    let wakeUps = Mutex(0)
    let source = DisplaySource { wakeUps.withLock { $0 += 1 } }
    var releases = 0
    source.onRelease = { releases += 1 }
    let first = source.hold()
    var second: FrameHold? = source.hold()
    first.end()
    first.end()
    #expect(source.isHeld)
    try source.serve()
    #expect(releases == 0)
    // A hold that is released ends by itself.
    withExtendedLifetime(second) {}
    second = nil
    #expect(!source.isHeld)
    #expect(wakeUps.withLock { $0 } == 1)
    try source.serve()
    try source.serve()
    #expect(releases == 1)
  }

  @Test("a sink that fails while it gets the current state is not added, and the other sinks receive nothing twice")
  func failingCountingSink() throws {
    let source = DisplaySource()
    let recorder = EventRecorder()
    try source.add(recorder, named: "dump", policy: .required)
    let surface = try Surface(size: Size(width: 4, height: 3), format: .b8g8r8x8)
    try source.emit(.scanout(surface), on: 0, at: .zero)
    try source.emit(.cursorMoved(.zero), on: 0, at: .zero)
    recorder.clear()
    var dropped: [String] = []
    source.onDrop = { name, _ in dropped.append(name) }
    let (optional, required) = (FailingSink(Broken(), failsToFinish: true), FailingSink(Broken(), failsToFinish: true))
    try source.add(optional, named: "window", policy: .optional)
    #expect(throws: Broken.self) { try source.add(required, named: "check", policy: .required) }
    #expect(dropped == ["window"])
    #expect(optional.eventCount == 1)
    #expect(recorder.entries == [])
    try source.emit(.vsync(tick: 1), on: 0, at: .zero)
    #expect(recorder.entries == [.vsync(0, 1)])
    try source.finish()
  }

  @Test("after a sink that cannot be added, the requests behind it are served")
  func servesBehindFailure() throws {
    let source = DisplaySource()
    try source.emit(.cursorMoved(.zero), on: 0, at: .zero)
    var requests: [DisplayRequest] = []
    source.onRequest = { request, _ in requests.append(request) }
    let late = CountingSink()
    late.onEvent = { _ in throw Broken() }
    source.addLater(late, named: "check", policy: .required)
    source.request(.resize(Size(width: 1, height: 2)), of: 0)
    #expect(throws: Broken.self) { try source.serve() }
    #expect(requests == [.resize(Size(width: 1, height: 2))])
  }

  @Test("sinks that are to be added when the source finishes get the last state and its end, later ones nothing")
  func addAtEnd() throws {
    let source = DisplaySource()
    try source.emit(.cursorMoved(Point(x: 1, y: 1)), on: 0, at: .zero)
    let (late, tooLate) = (CountingSink(), CountingSink())
    #expect(source.addLater(late, named: "window", policy: .optional))
    try source.finish()
    #expect(late.events == 1)
    #expect(late.ends == 1)
    #expect(!source.addLater(tooLate, named: "window", policy: .optional))
    #expect(throws: DisplaySourceFinished.self) { try source.add(tooLate, named: "window", policy: .optional) }
    source.onRequest = { _, _ in Issue.record("a request after the end") }
    source.request(.resize(Size(width: 1, height: 2)), of: 0)
    try source.serve()
    try source.finish()
    #expect(late.ends == 1)
    #expect(tooLate.events + tooLate.ends == 0)
  }

  @Test("a source whose sink fails to finish has finished all the same")
  func failingFinish() throws {
    let source = DisplaySource(FailingSink(Broken(), failsToFinish: true))
    #expect(throws: Broken.self) { try source.finish() }
    try source.finish()
  }

  @Test("a removed sink receives nothing any more, also when it removes itself inside an event")
  func remove() throws {
    let source = DisplaySource()
    let (first, last) = (EventRecorder(), EventRecorder())
    let shy = CountingSink()
    shy.onEvent = { [unowned source, unowned shy] _ in source.remove(shy) }
    try source.add(first, named: "first", policy: .required)
    try source.add(shy, named: "shy", policy: .required)
    try source.add(last, named: "last", policy: .required)
    for tick in UInt64(1)...2 { try source.emit(.vsync(tick: tick), on: 0, at: .zero) }
    #expect(shy.events == 1)
    #expect(last.entries == [.vsync(0, 1), .vsync(0, 2)])
    source.remove(first)
    try source.emit(.vsync(tick: 3), on: 0, at: .zero)
    #expect(first.entries.count == 2)
    #expect(last.entries.count == 3)
    try source.finish()
    #expect(shy.ends == 0)
  }

  @Test("a sink may hold the source with the frame that is repeated for it")
  func holdWhileJoining() throws {
    let source = DisplaySource()
    let surface = try Surface(size: Size(width: 4, height: 3), format: .b8g8r8x8)
    try source.emit(.scanout(surface), on: 0, at: .zero)
    try source.emit(.frame(7), on: 0, at: .zero)
    var holds: [FrameHold] = []
    let sink = CountingSink()
    sink.onEvent = { [unowned source] event in
      if case .frame = event { holds.append(source.hold()) }
    }
    source.addLater(sink, named: "dump", policy: .required)
    try source.serve()
    #expect(source.isHeld)
    var releases = 0
    source.onRelease = { releases += 1 }
    #expect(holds.count == 1)
    holds = []
    try source.serve()
    #expect(!source.isHeld)
    #expect(releases == 1)
  }

  @Test("waiting for the release serves requests meanwhile and ends with the last hold", .timeLimit(.minutes(5)))
  func waitUntilReleased() throws {
    let source = DisplaySource()
    try source.waitUntilReleased()
    for _ in 0..<200 {
      let (first, second) = (source.hold(), source.hold())
      // The other thread ends the second hold only after its request was served.
      let served = BoundedQueue<DisplayRequest>(capacity: 1)
      source.onRequest = { request, _ in served.push(request) }
      let mailbox = source.mailbox
      let thread = try NamedThread("requests") {
        first.end()
        mailbox.request(.resize(Size(width: 1, height: 2)), of: 0)
        _ = served.pop()
        second.end()
      }
      defer { thread.join() }
      try source.waitUntilReleased()
      #expect(!source.isHeld)
    }
  }
}

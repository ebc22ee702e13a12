import Display
import Synchronization
import Testing

@Suite("A display source")
struct DisplaySourceTests {
  private struct Broken: Error {}

  private final class FailingSink: DisplaySink {
    private(set) var heard = 0
    func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
      heard += 1
      throw Broken()
    }
    func finish() throws { throw Broken() }
  }

  @Test("every sink hears every event, in order")
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
    let (failing, recorder) = (FailingSink(), EventRecorder())
    try source.add(failing, named: "window", policy: .optional)
    try source.add(recorder, named: "dump", policy: .required)
    try source.emit(.vsync(tick: 1), on: 0, at: .zero)
    try source.emit(.vsync(tick: 2), on: 0, at: .zero)
    #expect(dropped == ["window"])
    #expect(failing.heard == 1)
    #expect(recorder.entries.count == 2)
  }

  @Test("a required sink that fails stops the run, after the others have heard")
  func required() throws {
    let source = DisplaySource()
    let recorder = EventRecorder()
    try source.add(FailingSink(), named: "dump", policy: .required)
    try source.add(recorder, named: "window", policy: .optional)
    #expect(throws: Broken.self) { try source.emit(.vsync(tick: 1), on: 0, at: .zero) }
    #expect(recorder.entries == [.vsync(0, 1)])
    #expect(throws: Broken.self) { try source.finish() }
  }

  @Test("a sink that joins late gets the present state first, then what comes")
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
    var heard: [DisplayRequest] = []
    source.onRequest = { request, _ in heard.append(request) }
    let sizes = [Size(width: 1, height: 2), Size(width: 3, height: 4), Size(width: 1, height: 2)]
    for size in sizes { source.request(.resize(size), of: 0) }
    #expect(heard.isEmpty)
    try source.serve()
    #expect(heard == sizes.map { .resize($0) })
    #expect(wakeUps.withLock { $0 } == 3)
  }

  @Test("a source is held until the last hold has ended, which it hears of once")
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
}

import Display
import Testing

@Suite("The fan-out")
struct FanOutTests {
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
    let fanOut = FanOut { _, _ in }
    let (first, second) = (EventRecorder(), EventRecorder())
    fanOut.add(first, named: "first", policy: .required)
    fanOut.add(second, named: "second", policy: .optional)
    try fanOut.receive(.cursorMoved(Point(x: 1, y: 2)), on: 3, at: .zero)
    try fanOut.receive(.vsync(tick: 9), on: 3, at: .zero)
    #expect(first.entries == [.cursorMoved(3, Point(x: 1, y: 2)), .vsync(3, 9)])
    #expect(second.entries == first.entries)
  }

  @Test("an optional sink that fails is dropped once, with its name, and the others go on")
  func optional() throws {
    var dropped: [String] = []
    let fanOut = FanOut { name, _ in dropped.append(name) }
    let (failing, recorder) = (FailingSink(), EventRecorder())
    fanOut.add(failing, named: "window", policy: .optional)
    fanOut.add(recorder, named: "dump", policy: .required)
    try fanOut.receive(.vsync(tick: 1), on: 0, at: .zero)
    try fanOut.receive(.vsync(tick: 2), on: 0, at: .zero)
    #expect(dropped == ["window"])
    #expect(failing.heard == 1)
    #expect(recorder.entries.count == 2)
  }

  @Test("a required sink that fails stops the run, after the others have heard")
  func required() throws {
    let fanOut = FanOut { _, _ in }
    let recorder = EventRecorder()
    fanOut.add(FailingSink(), named: "dump", policy: .required)
    fanOut.add(recorder, named: "window", policy: .optional)
    #expect(throws: Broken.self) { try fanOut.receive(.vsync(tick: 1), on: 0, at: .zero) }
    #expect(recorder.entries == [.vsync(0, 1)])
    #expect(throws: Broken.self) { try fanOut.finish() }
  }
}

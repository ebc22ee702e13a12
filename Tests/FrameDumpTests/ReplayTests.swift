import Display
import Foundation
import FrameDump
import Frames
import PNG
import ScanoutTesting
import Testing

@Suite("a replay")
struct ReplayTests {
  @Test("into a dump gives the same bytes", arguments: CursorMode.allCases, FrameMode.allCases)
  func sameBytes(cursor: CursorMode, frames: FrameMode) throws {
    let folder = try TemporaryFolder()
    let provenance = Provenance(producer: "tests 1", source: "scene", renderer: "2d")
    let options = FrameDumpOptions(cursor: cursor, frames: frames, provenance: provenance)
    var scene = Scene(try FrameDumpSink(path: folder("first"), options: options))
    try scene.play()

    let source = try ReplaySource(Recording.open(folder("first")))
    #expect(source.recording.summary.problems == [])
    #expect(source.recording.options == options)
    let again = try FrameDumpSink(path: folder("again"), options: source.recording.options)
    let outcome = try source.play(into: again)
    try again.finish()
    #expect(outcome.isComplete)
    #expect(outcome.frames == source.recording.frames.count)

    try expectSameFiles(folder.files(in: "first"), folder.files(in: "again"))
  }

  @Test("shows every sink what the source showed: events, times and images")
  func sameEvents() throws {
    let folder = try TemporaryFolder()
    let (live, replayed) = (TimedRecorder(), TimedRecorder())
    var scene = Scene(live)
    try scene.play()
    scene = Scene(try FrameDumpSink(path: folder("dump")))
    try scene.play()
    try ReplaySource(Recording.open(folder("dump"))).play(into: replayed)
    #expect(replayed.events.entries == live.events.entries)
    #expect(replayed.times == live.times)
    #expect(replayed.events.surfaces.keys.sorted() == live.events.surfaces.keys.sorted())
    for (scanout, surface) in live.events.surfaces {
      let other = try #require(replayed.events.surfaces[scanout])
      #expect(try Image(copying: other).hasSamePixels(as: Image(copying: surface)))
    }
  }

  /// A dump of ten frames of scanout 0, 20 ms apart, and one of scanout 1.
  static func makeDump(_ folder: TemporaryFolder, _ frames: FrameMode = .flush) throws -> Recording {
    let sink = try FrameDumpSink(path: folder("dump"), options: FrameDumpOptions(frames: frames))
    let surface = try Scene.surface(20, 10)
    let other = try Scene.surface(6, 6, .b8g8r8x8, .green)
    var count: UInt64 = 0
    func send(_ event: DisplayEvent, _ scanout: Int, _ milliseconds: UInt64) throws {
      try sink.receive(event, on: scanout, at: DisplayTime(nanoseconds: milliseconds * 1_000_000))
      guard case .damage = event else { return }
      count += 1
      try sink.receive(.frame(count), on: scanout, at: DisplayTime(nanoseconds: milliseconds * 1_000_000))
    }
    try send(.scanout(surface), 0, 1000)
    try send(.scanout(other), 1, 1000)
    try send(.damage(Rectangle(other.size)), 1, 1000)
    try send(.vsync(tick: 1), 1, 1000)
    try send(.cursor(Scene.cursor()), 0, 1000)
    try send(.cursorMoved(Point(x: 3, y: 4)), 0, 1000)
    for step: UInt32 in 0..<10 {
      surface.fill(Rectangle(x: step * 2, y: 0, width: 2, height: 10), with: .red)
      try send(.damage(Rectangle(x: step * 2, y: 0, width: 2, height: 10)), 0, UInt64(1000 + 20 * step))
      try send(.vsync(tick: UInt64(step) + 1), 0, UInt64(1000 + 20 * step))
    }
    try sink.finish()
    return try Recording.open(folder("dump"))
  }

  @Test(
    "from one frame to another starts with that frame, and with what was there before", arguments: FrameMode.allCases)
  func range(frames: FrameMode) throws {
    let folder = try TemporaryFolder()
    let recording = try Self.makeDump(folder, frames)
    let options = ReplayOptions(from: FramePosition(number: 4), to: FramePosition("0-000006"))
    let sink = try FrameDumpSink(path: folder("part"), options: recording.options)
    let outcome = try ReplaySource(recording).play(into: sink, options)
    try sink.finish()
    #expect(outcome.frames == 3)
    #expect(outcome.isComplete)
    let part = try Recording.open(folder("part"))
    #expect(
      part.frames.filter { $0.scanout == 0 }.map(\.hash)
        == recording.frames.filter { (4...6).contains($0.number) }.map(\.hash))
    // In a dump by ticks, a scanout that does not tick has no frame.
    #expect(part.frames.contains { $0.scanout == 1 } == (frames == .flush))
    let events = EventRecorder()
    try ReplaySource(part).play(into: events)
    #expect(events.cursors[0] != nil)
    #expect(events.entries.contains(.cursorMoved(0, Point(x: 3, y: 4))))
  }

  @Test("of frames that are not there is an error")
  func missing() throws {
    let folder = try TemporaryFolder()
    let source = try ReplaySource(Self.makeDump(folder))
    let sink = EventRecorder()
    for (from, to) in [("11", nil), ("2-1", nil), ("7", "3")] as [(String, String?)] {
      #expect(throws: RecordingError.self) {
        try source.play(into: sink, ReplayOptions(from: FramePosition(from), to: to.flatMap(FramePosition.init)))
      }
    }
    #expect(sink.entries == [])
    // A last frame that does not come is the end.
    #expect(try source.play(into: sink, ReplayOptions(to: FramePosition("99"))).frames == 11)
  }

  @Test("calls its step after each frame, and ends when that says so")
  func step() throws {
    let folder = try TemporaryFolder()
    let source = try ReplaySource(Self.makeDump(folder))
    let sink = EventRecorder()
    var seen: [Int] = []
    let outcome = try source.play(
      into: sink,
      ReplayOptions(step: { frame in
        seen.append(frame.number)
        #expect(
          sink.entries.last
            == .damage(
              frame.scanout,
              frame.scanout == 0
                ? Rectangle(x: UInt32(frame.number) * 2 - 2, y: 0, width: 2, height: 10) : Rectangle(frame.size)))
        return seen.count < 4
      }))
    #expect(seen == [1, 1, 2, 3])
    #expect(!outcome.isComplete)
    #expect(outcome.frames == 4)
  }

  @Test("in real time takes as long as the recording, and twice as fast half of that")
  func pace() throws {
    let folder = try TemporaryFolder()
    let source = try ReplaySource(Self.makeDump(folder))
    for (rate, least) in [(ReplayRate.real, 180), (.factor(2), 90), (.max, 0)] {
      let start = ContinuousClock.now
      #expect(try source.play(into: EventRecorder(), ReplayOptions(rate: rate)).isComplete)
      // Only the lower bound can be relied on, on a machine that others use too.
      #expect(ContinuousClock.now - start >= .milliseconds(least))
    }
  }

  @Test("ends soon when it is cancelled from another thread, and does not start again")
  func cancel() throws {
    let folder = try TemporaryFolder()
    let source = try ReplaySource(Self.makeDump(folder))
    let sink = EventRecorder()
    Thread.detachNewThread {
      usleep(20_000)
      source.cancel()
    }
    let outcome = try source.play(into: sink, ReplayOptions(rate: .factor(0.001)))
    #expect(!outcome.isComplete)
    #expect(outcome.events < source.recording.frames.count)
    #expect(try !source.play(into: sink).isComplete)
  }

  @Test("stops with the sink's own error")
  func sinkError() throws {
    struct Stop: Error {}
    final class Stopper: DisplaySink {
      func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws { throw Stop() }
      func finish() {}
    }
    let folder = try TemporaryFolder()
    let source = try ReplaySource(Self.makeDump(folder))
    #expect(throws: Stop.self) { try source.play(into: Stopper()) }
  }

  @Test("is told positions and rates in words")
  func words() {
    #expect(FramePosition("42") == FramePosition(number: 42))
    #expect(FramePosition("1-42") == FramePosition(scanout: 1, number: 42))
    #expect(FramePosition("12-000042") == FramePosition(scanout: 12, number: 42))
    for wrong in ["", "-", "0", "1-", "-1", "1-0", "a", "1-2-3", "+1", "1.5", "99999999999999999999", "٤"] {
      #expect(FramePosition(wrong) == nil, "\(wrong)")
    }
    #expect(ReplayRate("max") == .max)
    #expect(ReplayRate("real") == .factor(1))
    #expect(ReplayRate("0.5") == .factor(0.5))
    for wrong in ["", "0", "-1", "nan", "inf", "1e9", "fast"] { #expect(ReplayRate(wrong) == nil, "\(wrong)") }
  }
}

/// A recorder that keeps the times too.
private final class TimedRecorder: DisplaySink {
  let events = EventRecorder()
  var times: [DisplayTime] = []

  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    times.append(time)
    try events.receive(event, on: scanout, at: time)
  }

  func finish() {}
}

import Display
import Frames
import PNG
import Testing

/// A recording in memory, one event each millisecond unless it says otherwise.
private struct ListedRecording: RecordingReader {
  let path = "listed"
  let properties = RecordingProperties()
  var summary = RecordingSummary()
  var events: [RecordedEvent] = []
  private var frames: [ScanoutID: Int] = [:]
  private var ticks: [ScanoutID: UInt64] = [:]
  private var time: UInt64 = 0

  static func hash(_ number: Int) -> FrameHash? {
    let digits = String(number, radix: 16)
    return FrameHash(String(repeating: "0", count: 32 - digits.count) + digits)
  }

  /// The selector of that hash.
  static func selector(ofHash number: Int) -> String { hash(number).map { "hash:\($0)" } ?? "" }

  mutating func add(_ change: RecordedEvent.Change, on scanout: ScanoutID = 0, frame: RecordedFrame? = nil) {
    let event = RecordedEvent(change, on: scanout, at: DisplayTime(nanoseconds: time * 1_000_000), frame: frame)
    events.append(event)
    summary.count(event, isNewImage: true)
  }

  mutating func wait(_ milliseconds: UInt64) { time += milliseconds }

  mutating func show(_ width: UInt32 = 8, on scanout: ScanoutID = 0) {
    add(.scanout(RecordedSurface(size: Size(width: width, height: 8), format: .b8g8r8x8)), on: scanout)
  }

  /// A frame with a new image; its hash is its number.
  mutating func draw(on scanout: ScanoutID = 0) {
    let number = (frames[scanout] ?? 0) + 1
    frames[scanout] = number
    let frame = RecordedFrame(
      scanout: scanout, number: number, time: DisplayTime(nanoseconds: time * 1_000_000),
      size: Size(width: 8, height: 8), file: "frames/\(scanout)-\(number).png", hash: Self.hash(number))
    add(.damage(Rectangle(x: 0, y: 0, width: 8, height: 8)), on: scanout)
    add(.frame(UInt64(number)), on: scanout, frame: frame)
  }

  /// A flush that changes nothing.
  mutating func flush(on scanout: ScanoutID = 0) {
    add(.damage(Rectangle(x: 0, y: 0, width: 8, height: 8)), on: scanout)
    add(.frame(99), on: scanout)
  }

  mutating func tick(on scanout: ScanoutID = 0) {
    ticks[scanout, default: 0] += 1
    add(.vsync(ticks[scanout] ?? 0), on: scanout)
  }

  /// What a selector selects: the number of the frame, or the reason why there is none.
  func select(_ text: String) throws -> String {
    let selector = try #require(FrameSelector(text))
    return switch try search([selector]).first {
    case .selected(let frame): "\(frame.number)"
    case .notReached(let reason): reason
    case nil: "nothing"
    }
  }

  struct Cursor: RecordingCursor {
    let events: [RecordedEvent]
    var position = 0
    var scanouts: [ScanoutID: ScanoutProgress] = [:]
    mutating func next() throws(RecordingError) -> RecordedEvent? {
      guard position < events.count else { return nil }
      defer { position += 1 }
      return events[position]
    }
    mutating func seek(toFrame number: Int, of scanout: ScanoutID) throws(RecordingError) -> Bool { false }
  }

  func makeCursor() throws(RecordingError) -> any RecordingCursor { Cursor(events: events) }
  func image(of frame: RecordedFrame, showingCursor: Bool) throws(RecordingError) -> Image {
    throw .changedFrame(path: path)
  }
  func surface(of cursor: RecordedCursor) throws(RecordingError) -> Surface { throw .changedFrame(path: path) }
}

@Suite("The frame that a selector selects")
struct FrameSearchTests {
  /// A desktop that fades in with so many frames, 16 ms apart, stays for a second, and is off at the end.
  private static func fadeIn(frames: Int) -> ListedRecording {
    var recording = ListedRecording()
    recording.wait(100)
    recording.show()
    for _ in 0..<frames {
      recording.draw()
      recording.wait(16)
      recording.tick()
    }
    recording.add(.label("ready"))
    recording.wait(1000)
    recording.add(.scanout(nil))
    return recording
  }

  @Test("is the same moment of a fade-in, however many frames that has", arguments: [37, 20, 39])
  func fadesIn(frames: Int) throws {
    let recording = Self.fadeIn(frames: frames)
    for selector in ["last", "settled:3", "settled:500ms", "label:ready", "frame:\(frames)"] {
      #expect(try recording.select(selector) == "\(frames)", "\(selector)")
    }
    #expect(try recording.select("first") == "1")
    #expect(try recording.select(ListedRecording.selector(ofHash: 5)) == "5")
    #expect(try recording.select("tick:4") == "4")
    #expect(try recording.select("time:100ms") == "1")
    #expect(try recording.select("time:132ms") == "3")
    #expect(try recording.select("time:1s") == "\(frames)")
  }

  @Test("has settled the first time that nothing changed for so long, not the last time")
  func firstTime() throws {
    var recording = ListedRecording()
    recording.show()
    for wait: UInt64 in [10, 10, 200, 10, 300, 10] {
      recording.draw()
      recording.wait(wait)
      // What changes no pixel does not count: repeated flushes, the cursor, the same surface once more.
      recording.flush()
      recording.add(.cursorMoved(Point(x: Int32(wait), y: 0)))
      recording.show()
    }
    #expect(try recording.select("settled:200ms") == "3")
    #expect(try recording.select("settled:201ms") == "5")
    #expect(
      try recording.select("settled:301ms")
        == "nothing stayed unchanged for 301ms: the longest time was 300ms, after 0-000005; scanout 0 has 6 frames")
  }

  @Test("has settled when the scanout is switched off or gets another size, or the recording ends, after so long")
  func ends() throws {
    var off = ListedRecording()
    off.show()
    off.draw()
    off.wait(99)
    off.add(.scanout(nil))
    off.wait(1000)
    off.show()
    off.draw()
    off.wait(50)
    off.show(16)
    #expect(try off.select("settled:99ms") == "1")
    #expect(try off.select("settled:100ms").contains("the longest time was 99ms, after 0-000001"))
    off.draw()
    off.wait(100)
    // Another scanout's events are the end of the recording all the same.
    off.add(.vsync(1), on: 3)
    #expect(try off.select("settled:100ms") == "3")
  }

  @Test("settles after a label only by the time after it")
  func settlesAfterLabel() throws {
    var recording = ListedRecording()
    recording.show()
    // Black, and then the desktop fades in.
    recording.draw()
    recording.wait(5000)
    recording.add(.label("ready"))
    recording.wait(100)
    for _ in 0..<9 {
      recording.draw()
      recording.wait(16)
    }
    recording.add(.label("ready"))
    recording.wait(200)
    recording.add(.scanout(nil))
    #expect(try recording.select("settled:200ms") == "1")
    #expect(try recording.select("settled:200ms@ready") == "10")
    #expect(try recording.select("settled:100ms@ready") == "1")
    #expect(try recording.select("settled:1ms@late") == "the label “late” was not set; there are “ready”")
    #expect(try recording.select("settled:300ms@ready").contains("the longest time was 216ms, after 0-000010"))
  }

  @Test("is known as soon as nothing can change it, and settles by time that passes without events")
  func live() throws {
    let recording = Self.fadeIn(frames: 3)
    var search = FrameSearch(try #require(FrameSelector("settled:500ms@ready")), tickInterval: nil)
    for event in recording.events.dropLast() {
      #expect(!search.isDecided)
      search.take(event)
    }
    let due = try #require(search.dueTime)
    #expect(due == DisplayTime(nanoseconds: 648_000_000))
    search.advance(to: DisplayTime(nanoseconds: due.nanoseconds - 1))
    #expect(!search.isDecided)
    search.advance(to: due)
    #expect(search.isDecided && search.dueTime == nil)
    var time = FrameSearch(try #require(FrameSelector("time:2s")), tickInterval: nil)
    #expect(time.dueTime == DisplayTime(nanoseconds: 2_000_000_000))
    time.advance(to: DisplayTime(nanoseconds: 2_000_000_000))
    #expect(time.isDecided)
    var last = FrameSearch(FrameSelector(.last), tickInterval: nil)
    recording.events.forEach { last.take($0) }
    #expect(!last.isDecided && last.dueTime == nil)
  }

  @Test("settles by ticks as long as those take, also where the clock makes none, and 1/60 s without a clock")
  func ticks() throws {
    var recording = ListedRecording()
    recording.show()
    for _ in 0..<20 {
      recording.draw()
      recording.wait(33)
      recording.tick()
    }
    // Ticks that came early, when a guest was reset, are rare.
    recording.tick()
    for _ in 0..<3 {
      recording.draw()
      recording.wait(100)
      recording.tick()
    }
    #expect(recording.summary.scanouts.first?.tickInterval == 33_000_000)
    #expect(try recording.select("settled:3") == "21")
    #expect(try recording.select("settled:4").hasPrefix("nothing stayed unchanged for 132ms: "))
    var silent = ListedRecording()
    silent.show()
    silent.draw()
    silent.wait(167)
    silent.draw()
    #expect(try silent.select("settled:10") == "1")
    #expect(try silent.select("settled:11").hasPrefix("nothing stayed unchanged for 0.183333337s: "))
    #expect(try silent.select("settled:999999999999999999").hasPrefix("nothing stayed unchanged so long: "))
  }

  @Test("is on its own scanout, and is the one shown when its label was set for the first time")
  func scanoutsAndLabels() throws {
    var recording = ListedRecording()
    recording.add(.label("early"))
    recording.show()
    recording.show(on: 1)
    recording.draw()
    recording.wait(5)
    recording.draw(on: 1)
    recording.draw(on: 1)
    recording.add(.label("login:"))
    recording.draw(on: 1)
    recording.add(.label("login:"))
    #expect(try recording.select("label:login:") == "1")
    #expect(try recording.select("1:label:login:") == "2")
    #expect(try recording.select("1:last") == "3")
    #expect(try recording.select("label:early") == "scanout 0 showed no frame then")
    #expect(try recording.select("label:late") == "there is no such label; there are “early”, “login:”")
    #expect(try recording.select("2:last") == "scanout 2 has no frame; there are frames of scanout 0, 1")
    #expect(try recording.select("time:6ms") == "the recording ends at 5ms")
    #expect(try recording.select("frame:2") == "scanout 0 has 1 frame, up to number 1")
    #expect(try recording.select("tick:1") == "the last tick of scanout 0 is 0")
    #expect(
      try recording.select(ListedRecording.selector(ofHash: 9)) == "scanout 0 has 1 frame, and none is that image")
    #expect(Self.fadeIn(frames: 3).summary.labels.map(\.name) == ["ready"])
    #expect(try Self.fadeIn(frames: 3).select("label:login") == "there is no such label; there are “ready”")
  }
}

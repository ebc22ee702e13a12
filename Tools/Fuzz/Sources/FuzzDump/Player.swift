import Display
import FrameDump
import Frames
import FuzzSupport
import Glibc
import PNG

/// Opens the folder, plays it in several ways, and writes it again.
struct Player {
  /// Surfaces above this many pixels are played, but not dumped: that would take long, not find more.
  private static let largestArea: UInt64 = 1 << 16
  private let imageRate: Double
  /// The frame that the replay starts with; nil: the first.
  private let from: Int?
  /// True: the replay is dumped, and that dump once more.
  private let isDumped: Bool
  /// What selects a frame.
  private let selector: String

  init(_ choices: inout Choices) {
    imageRate = choices.oneIn(8) ? 0 : 60
    from = choices.oneIn(4) ? 1 + choices.below(4) : nil
    isDumped = choices.oneIn(2)
    selector =
      choices.oneIn(2)
      ? String(decoding: choices.run(atMost: 40), as: UTF8.self)
      : choices.pick(
        "last", "first", "1:last", "settled:1", "settled:255", "settled:1ms", "settled:0.000000200s", "label:ready",
        "settled:1ms@ready",
        "frame:2", "tick:3", "time:0.000000300s", "hash:\(Workplace.second.hash)")
  }

  func check() {
    let recording: Recording
    do throws(RecordingError) {
      recording = try Recording.open(Workplace.source.path, imageRate: imageRate)
    } catch {
      return require(!error.description.isEmpty, "an error has no words")
    }
    require(recording.frameCount > 0, "a recording has no frame")
    require(recording.problems.count <= 101, "\(recording.problems.count) problems are kept")
    let events = expect("reading the events") { try readEvents(of: recording) }
    require(events.count == recording.summary.eventCount, "a cursor has other events than were counted")
    let frames = events.compactMap(\.frame)
    require(frames.count == recording.frameCount, "a cursor has other frames than were counted")
    for frame in frames.prefix(4) {
      allowingErrors {
        let image = try recording.image(of: frame)
        require(image.size == frame.size && image.kind == .opaque, "a frame is not what was promised")
        _ = try recording.image(of: frame, showingCursor: true)
      }
    }
    select(in: recording, frames)
    for frame in frames.suffix(4) { expect("seeking a frame") { try seek(frame, in: recording, events) } }
    let sink = ContractSink(scanouts: 256, cursorSide: Surface.largestSide)
    allowingErrors {
      let outcome = try ReplaySource(recording).play(
        into: sink, ReplayOptions(from: from.map { FramePosition(number: $0) }))
      require(outcome.isComplete, "a replay stopped by itself")
      require(from != nil || outcome.frames == recording.frameCount, "a replay left frames out")
    }
    let largest = recording.scanouts.flatMap(\.sizes).map(\.area).max() ?? 0
    if isDumped, largest <= Self.largestArea { dumpTwice(recording) }
  }

  /// A selector is the same after it was written and read, and selects a frame of the recording, or says why not.
  private func select(in recording: Recording, _ frames: [RecordedFrame]) {
    if let selection = FrameSelection(selector) {
      require(!selection.name.file.hasPrefix("/"), "a selected frame leaves its folder")
    }
    guard let selector = FrameSelector(selector) else { return }
    require(FrameSelector(selector.description) == selector, "\(selector) changed by being written and read")
    let own = frames.filter { $0.scanout == selector.scanout }
    switch expect("searching", { try recording.search([selector]) }).first {
    case .selected(let frame):
      require(own.contains(frame), "a frame is selected that is not there")
      require(selector.moment != .first || frame == own.first, "another frame than the first is selected")
      require(selector.moment != .last || frame == own.last, "another frame than the last is selected")
    case .notReached(let reason):
      require(!reason.isEmpty, "nothing is selected, without a reason")
      require(own.isEmpty || (selector.moment != .last && selector.moment != .first), "a frame is not selected")
    case nil: violated("a search has no outcome")
    }
  }

  private func readEvents(of recording: Recording) throws -> [RecordedEvent] {
    var cursor = try recording.makeCursor()
    var events: [RecordedEvent] = []
    while let event = try cursor.next() {
      require(cursor.position == events.count + 1, "a cursor counts wrongly")
      events.append(event)
    }
    return events
  }

  /// A cursor that goes to a frame reads on from there as one that came to it event by event.
  private func seek(_ frame: RecordedFrame, in recording: Recording, _ events: [RecordedEvent]) throws {
    var cursor = try recording.makeCursor()
    require(try cursor.seek(toFrame: frame.number, of: frame.scanout), "a frame is not found")
    require(events.indices.contains(cursor.position), "a cursor is beyond the end")
    for event in events[cursor.position...] { require(try cursor.next() == event, "a cursor reads other events") }
    require(try cursor.next() == nil, "a cursor reads more events")
  }

  /// A dump of what was found may lack what was wrong; a dump of that one is the same, file by file.
  private func dumpTwice(_ recording: Recording) {
    let paths = ["once", "twice"].map { "\(Workplace.path)/\($0)" }
    guard dump(recording, to: paths[0]) else { return }
    let again = expect("reading a dump again") { try Recording.open(paths[0]) }
    // What did not finish stays so.
    let isWhole = !recording.options.isInterrupted
    require(again.isFinished == isWhole, "a dump finished otherwise than what it was made of")
    require(!isWhole || again.problems.isEmpty, "a dump has problems: \(again.problems)")
    require(dump(again, to: paths[1]), "a dump cannot be played")
    let (one, other) = expect("reading dumps") { try (Workplace.files(of: paths[0]), Workplace.files(of: paths[1])) }
    for name in Set(one.keys).union(other.keys).sorted() {
      require(one[name] == other[name], "a dump and its dump differ in \(name)")
    }
  }

  /// False when the recording cannot be played to its end.
  private func dump(_ recording: Recording, to path: String) -> Bool {
    var isPlayed = false
    allowingErrors {
      let folder = try Workplace.makeFolder(String(path.dropFirst(Workplace.path.count + 1)))
      try Workplace.clear(folder)
      // A folder that has anything but a dump in it is refused.
      for name in ["frames", "cursors"] {
        // Safe: the path is read during the call only.
        let status = unsafe rmdir("\(path)/\(name)")
        require(status == 0, "a folder is not empty")
      }
      var options = recording.options
      options.overwrites = true
      let sink = try FrameDumpSink(path: path, options: options)
      try ReplaySource(recording).play(into: sink)
      try sink.finish()
      isPlayed = true
    }
    return isPlayed
  }

  /// A frame that cannot be decoded ends a replay with a sentence, and nothing else does.
  private func allowingErrors(_ body: () throws -> Void) {
    do {
      try body()
    } catch is RecordingError {
    } catch is SurfaceError {
    } catch {
      violated("\(error)")
    }
  }
}

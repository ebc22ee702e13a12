internal import DequeModule
internal import Display
internal import FoundationEssentials
internal import Frames
internal import LinuxIO
internal import PNG
internal import Text

/// Reader of the log of a dump. Each line is checked; invalid lines and frames are left out and added to ``notes``.
struct DumpCursor: RecordingCursor {
  /// The most cursors that are remembered as having a file.
  private static let maximumCursors = 4096

  private let log: DumpLog
  private var lines: LineReader?
  private var lineNumber: Int
  private(set) var position: Int
  private(set) var scanouts: [ScanoutID: ScanoutProgress]
  /// The time of the latest event.
  private var time: DisplayTime
  /// Events of lines that were read, not delivered yet.
  private var upcoming: Deque<RecordedEvent> = []
  private var hasEnded = false
  private let decoder = JSONDecoder()
  private var knownCursors: [FrameHash: Bool] = [:]
  /// Problems found; nil when the log was read before, so that they are known.
  private(set) var notes: DumpNotes?

  /// A place in the log.
  struct Place: Sendable {
    var position = 0
    var offset: UInt64 = 0
    var lineNumber = 0
    var scanouts: [ScanoutID: ScanoutProgress] = [:]
    var time = DisplayTime.zero
  }

  init(_ log: DumpLog, at place: Place = Place(), notes: DumpNotes? = nil) throws(SystemError) {
    self.log = log
    self.notes = notes
    position = place.position
    lineNumber = place.lineNumber
    scanouts = place.scanouts
    time = place.time
    lines = LineReader(try log.folder.open(DumpLayout.events), from: place.offset)
  }

  /// A cursor of a log that cannot be opened: there may be frames after its end.
  init(withoutLog log: DumpLog, notes: DumpNotes) {
    self.log = log
    self.notes = notes
    position = 0
    lineNumber = 0
    scanouts = [:]
    time = .zero
  }

  /// The place before the next line; nil in the middle of one, and at the end.
  var place: Place? {
    guard upcoming.isEmpty, !hasEnded, let lines else { return nil }
    return Place(position: position, offset: lines.offset, lineNumber: lineNumber, scanouts: scanouts, time: time)
  }

  mutating func next() throws(RecordingError) -> RecordedEvent? {
    try load()
    guard let event = upcoming.popFirst() else { return nil }
    if event.isOfScanout { scanouts[event.scanout, default: ScanoutProgress()].apply(event) }
    position += 1
    time = event.time
    return event
  }

  mutating func seek(toFrame number: Int, of scanout: ScanoutID) throws(RecordingError) -> Bool {
    let place = log.place(beforeFrame: number, of: scanout)
    do throws(SystemError) {
      self = try DumpCursor(log, at: place)
    } catch {
      throw .unreadable(path: log.folder.path.path(to: DumpLayout.events), error)
    }
    while true {
      try load()
      guard let event = upcoming.first else { return false }
      if let frame = event.frame, event.scanout == scanout, frame.number == number { return true }
      _ = try next()
    }
  }

  /// Counts an event in the notes.
  mutating func count(_ event: RecordedEvent) {
    notes?.count(event)
  }

  // MARK: - Lines

  /// Reads lines until there is an event to deliver, or no line is left.
  private mutating func load() throws(RecordingError) {
    while upcoming.isEmpty, !hasEnded {
      let line: LineReader.Line?
      do throws(SystemError) {
        line = try lines?.next()
      } catch {
        guard notes != nil else { throw .unreadable(path: log.folder.path.path(to: DumpLayout.events), error) }
        notes?.add(unreadableLog: error)
        line = nil
      }
      guard let line else {
        hasEnded = true
        addLastFrames()
        return
      }
      lineNumber += 1
      do throws(LineProblem) {
        try take(line)
      } catch {
        var isTorn = false
        if case .torn = line { isTorn = true }
        notes?.add(line: lineNumber, error, isTorn: isTorn)
      }
    }
  }

  private mutating func take(_ line: LineReader.Line) throws(LineProblem) {
    switch line {
    case .tooLong: throw LineProblem("it is longer than \(LineReader.longestLine) bytes")
    case .torn: throw LineProblem("the last line is torn: the writer was stopped in it")
    case .whole(let bytes):
      var event = try decode(bytes)
      guard FrameName.scanouts.contains(event.scanout) else {
        throw LineProblem("there is no scanout \(event.scanout)")
      }
      try check(&event)
      let frame = event.frame
      event.frame = nil
      let isFirstVersion = log.manifest.version == 1
      if isFirstVersion, case .damage = event.change {
        // In version 1 damage completes a frame.
        upcoming.append(event)
        event.change = .frame((scanouts[event.scanout]?.frameCount ?? 0) &+ 1)
      }
      if let frame { event.frame = checked(frame, completedBy: event) }
      upcoming.append(event)
    }
  }

  private func decode(_ bytes: [UInt8]) throws(LineProblem) -> RecordedEvent {
    do {
      return try decoder.decode(RecordedEvent.self, from: Data(bytes))
    } catch let error as RecordedEvent.Incomplete {
      throw LineProblem(error.reason)
    } catch let error as DecodingError {
      throw LineProblem("not a valid event\(error.field.map { ": \($0)" } ?? "")")
    } catch {
      throw LineProblem("not a valid event")
    }
  }

  /// Checks the values of an event; a cursor whose file is missing becomes none.
  private mutating func check(_ event: inout RecordedEvent) throws(LineProblem) {
    switch event.change {
    case .scanout(let surface):
      if let size = surface?.size, !Image.canHave(size) {
        throw LineProblem("a surface of \(size) pixels is not possible")
      }
    case .damage(let damage):
      guard !damage.isEmpty, let size = scanouts[event.scanout]?.surface?.size, damage.isInside(size) else {
        throw LineProblem("the damage is not inside the surface")
      }
    case .frame:
      guard log.manifest.version > 1 else { throw LineProblem("not a valid event: version 1 has no kind frame") }
    case .cursor(let cursor?):
      guard let hash = DumpLayout.cursorHash(in: cursor.file) else {
        throw LineProblem("“\(String(cursor.file.prefix(80)).printable)” is not the name of a cursor's file")
      }
      if !hasCursor(hash) { event.change = .cursor(nil) }
    case .label(let name):
      guard log.manifest.version > 2 else {
        throw LineProblem("not a valid event: version \(log.manifest.version) has no kind label")
      }
      guard RecordedLabel.isName(name) else {
        throw LineProblem("“\(String(name.prefix(80)).printable)” is not the name of a label")
      }
    case .cursor(nil), .cursorMoved, .vsync: break
    }
  }

  private mutating func hasCursor(_ hash: FrameHash) -> Bool {
    if let known = knownCursors[hash] { return known }
    if knownCursors.count >= Self.maximumCursors { knownCursors = [:] }
    do throws(PNGError) {
      _ = try PNGFile(log.folder, DumpLayout.cursor(hash))
      knownCursors[hash] = true
    } catch {
      notes?.add("\(error)")
      knownCursors[hash] = false
    }
    return knownCursors[hash] ?? false
  }

  // MARK: - Frames

  /// The frame that an event completes; nil when the frame's number, event or file is invalid.
  private mutating func checked(_ frame: RecordedFrame, completedBy event: RecordedEvent) -> RecordedFrame? {
    let scanout = scanouts[event.scanout] ?? ScanoutProgress()
    do throws(LineProblem) {
      guard frame.number > scanout.latest?.number ?? 0 else {
        throw LineProblem("frame \(frame.number) comes a second time")
      }
      let isFrame = if case .frame = event.change { true } else { false }
      let isTick = if case .vsync = event.change { true } else { false }
      guard log.manifest.frames == .flush ? isFrame : isTick else {
        throw LineProblem("frame \(frame.number) is completed by a \(event.kind), which completes none here")
      }
      // A tick may come with the image of the tick before: when the dump has a second file, in which the cursor moved.
      guard scanout.isDamaged || !upcoming.isEmpty || scanout.latest?.hash == frame.hash else {
        throw LineProblem("frame \(frame.number) is new, and nothing was damaged")
      }
      var frame = frame
      frame.size = try checkFile(frame.file, frame.hash, scanout)
      if let file = frame.cursorFile { _ = try checkFile(file, frame.cursorHash, scanout) }
      return frame
    } catch {
      notes?.add(lost: DumpLayout.file(of: FrameName(scanout: event.scanout, number: frame.number)), error.reason)
      return nil
    }
  }

  /// Looks at the head of a frame's file, unless the whole log was read and no frame was lost.
  private func checkFile(
    _ name: String, _ hash: FrameHash?, _ scanout: ScanoutProgress
  ) throws(LineProblem) -> Size {
    guard DumpLayout.frameName(in: name) != nil else {
      throw LineProblem("“\(String(name.prefix(80)).printable)” is not the name of a frame's file")
    }
    if notes == nil, log.hasAllFrames, let size = scanout.surface?.size { return size }
    let file: PNGFile
    do throws(PNGError) {
      file = try PNGFile(log.folder, name)
    } catch {
      throw LineProblem("\(error)")
    }
    guard file.hash == hash, file.size == scanout.surface?.size else {
      throw LineProblem("\(log.folder.path.path(to: name).printable) is not the image that was recorded")
    }
    return file.size
  }

  /// Adds frames whose file was written before the writer was stopped, but not their event: at most one of each
  /// scanout.
  private mutating func addLastFrames() {
    guard !log.manifest.finished else { return }
    for (id, scanout) in scanouts.sorted(by: { $0.key < $1.key }) {
      // The number may be whatever the log says.
      let (number, overflows) = (scanout.latest?.number ?? 0).addingReportingOverflow(1)
      guard !overflows, let size = scanout.surface?.size else { continue }
      let name = DumpLayout.file(of: FrameName(scanout: id, number: number))
      guard let file = try? PNGFile(log.folder, name), file.size == size else { continue }
      upcoming.append(RecordedEvent(.damage(Rectangle(size)), on: id, at: time))
      upcoming.append(
        RecordedEvent(
          log.manifest.frames == .vsync ? .vsync(scanout.tick &+ 1) : .frame(scanout.frameCount &+ 1), on: id,
          at: time,
          frame: RecordedFrame(scanout: id, number: number, time: time, size: size, file: name, hash: file.hash)))
      notes?.add(
        "\(log.folder.path.path(to: name).printable) was written last, and its event was not: it is shown at the end")
    }
  }
}

extension DecodingError {
  /// The field that is missing or invalid, in words; nil when it is not known, as for a line that is not a JSON object.
  fileprivate var field: String? {
    switch self {
    case .keyNotFound(let key, let context): "\(Self.name(of: context.codingPath + [key])) is missing"
    case .typeMismatch(_, let context) where !context.codingPath.isEmpty,
      .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\(Self.name(of: context.codingPath)) is invalid"
    default: nil
    }
  }

  private static func name(of path: [any CodingKey]) -> String {
    path.map(\.stringValue).joined(separator: ".")
  }
}

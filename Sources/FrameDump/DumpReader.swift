internal import Display
internal import FoundationEssentials
internal import LinuxIO
internal import PNG
internal import Text

/// Reads the folder of a dump.
struct DumpReader {
  /// The longest manifest that is read: thousands of times what one needs.
  private static let longestManifest = 1 << 20
  /// The most events that are kept, in some hundred megabytes: half a day at sixty flushes a second has as many. Of what
  /// comes later only frames and surfaces are, so that every frame can be judged.
  private let mostEvents: Int

  /// What is known of a scanout so far.
  private struct Lane {
    var size: Size?
    var lastNumber = 0
    var lastHash: FrameHash?
    /// True when its pixels may have changed since the last frame.
    var isDamaged = false
    var lastTick: UInt64 = 0
    /// Frames that the scanout has had since its source started, with those that changed nothing.
    var frameCount: UInt64 = 0
  }

  private let folder: Directory
  private let manifest: Manifest
  private let decoder = JSONDecoder()
  private var lanes: [ScanoutID: Lane] = [:]
  private var events: [RecordedEvent] = []
  private var frames: [RecordedFrame] = []
  private var problems = ProblemList()
  private var lost = LostFrames()
  /// Lines that may have completed a frame, and do not say so any more.
  private var damagedLines = 0
  private var pointers: [FrameHash: Bool] = [:]

  /// Reads all of it.
  static func read(_ folder: Directory, mostEvents: Int = 6_000_000) throws(RecordingError) -> Recording {
    var reader = try DumpReader(folder, mostEvents: mostEvents)
    try reader.readEvents()
    reader.addLastFrames()
    reader.checkCounts()
    reader.noteDamagedLines()
    guard !reader.frames.isEmpty else {
      throw .noFrames(path: folder.path, reader.problems.first ?? "it is a frame dump without frames")
    }
    return Recording(
      path: folder.path, form: .dump,
      options: FrameDumpOptions(
        cursor: reader.manifest.cursor, frames: reader.manifest.frames, provenance: reader.manifest.provenance,
        isInterrupted: reader.manifest.incompleteness != nil || !reader.lost.all.isEmpty),
      isFinished: reader.manifest.incompleteness == nil, frames: reader.frames, lostFrames: reader.lost.all,
      scanouts: RecordedScanout.summarize(reader.events), problems: reader.problems.sentences,
      events: reader.events, folder: folder)
  }

  private init(_ folder: Directory, mostEvents: Int) throws(RecordingError) {
    self.folder = folder
    self.mostEvents = mostEvents
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try folder.open(DumpLayout.manifest).read(Self.longestManifest + 1, at: 0)
    } catch {
      throw .unreadable(path: folder.path.path(to: DumpLayout.manifest), error)
    }
    guard bytes.count <= Self.longestManifest else {
      throw .tooMuch(path: folder.path.path(to: DumpLayout.manifest), limit: "\(Self.longestManifest) bytes")
    }
    guard let manifest = try? decoder.decode(Manifest.self, from: Data(bytes)) else {
      throw .badManifest(path: folder.path, "it is damaged, or another program's")
    }
    guard manifest.format == Manifest.knownFormat, Manifest.knownVersions.contains(manifest.version) else {
      throw .badManifest(
        path: folder.path,
        "it says “\(String(manifest.format.prefix(40)).printable)”, version \(manifest.version); "
          + "“\(Manifest.knownFormat)”, version 1 to \(Manifest.latestVersion), can be read")
    }
    self.manifest = manifest
    if let sentence = manifest.incompleteness { problems.add(sentence) }
  }

  private mutating func readEvents() throws(RecordingError) {
    var isFull = false
    do throws(SystemError) {
      var lines = LineReader(try folder.open(DumpLayout.events))
      var number = 0
      // Twice as many are no longer what a guest does.
      while events.count <= 2 * mostEvents, let line = try lines.next() {
        number += 1
        if events.count >= mostEvents, !isFull {
          isFull = true
          problems.add(
            "\(DumpLayout.events) has more than \(mostEvents) events; of the later ones only frames are kept")
        }
        do throws(LineProblem) {
          try take(line)
        } catch {
          problems.add("\(DumpLayout.events), line \(number): \(error.words)")
          // An unfinished dump may end in half a line, whose frame was never complete: nothing is lost.
          if case .torn = line, !manifest.finished { continue }
          damagedLines += 1
        }
      }
    } catch {
      problems.add("\(error)")
      lost.add(nil, "\(error)")
    }
    guard events.count <= 2 * mostEvents else {
      throw .tooMuch(path: folder.path.path(to: DumpLayout.events), limit: "\(2 * mostEvents) events")
    }
  }

  private mutating func take(_ line: LineReader.Line) throws(LineProblem) {
    switch line {
    case .tooLong: throw LineProblem("it is longer than \(LineReader.longestLine) bytes")
    case .torn: throw LineProblem("the last line is torn: the writer was stopped in it")
    case .whole(let bytes):
      guard let line = try? decoder.decode(EventLine.self, from: Data(bytes)) else {
        throw LineProblem("it is no event")
      }
      guard DumpLayout.scanouts.contains(line.scanout) else {
        throw LineProblem("there is no scanout \(line.scanout)")
      }
      var event = RecordedEvent(
        change: try check(line), scanout: line.scanout, time: DisplayTime(nanoseconds: line.time),
        frame: takeFrame(line))
      guard events.count < mostEvents || event.frame != nil || line.kind == .scanout else { return }
      // In version 1 damage completes a frame.
      if manifest.version == 1, case .damage = event.change {
        events.append(
          RecordedEvent(change: event.change, scanout: event.scanout, time: event.time))
        lanes[line.scanout]?.frameCount &+= 1
        event.change = .frame(lanes[line.scanout]?.frameCount ?? 0)
      }
      events.append(event)
    }
  }

  /// The event of a line, in whose order every value has its place.
  private mutating func check(_ line: EventLine) throws(LineProblem) -> RecordedEvent.Change {
    switch line.kind {
    case .scanout:
      if let size = line.surface?.size, !Image.canHave(size) {
        throw LineProblem("a surface of \(size) pixels is not possible")
      }
      lanes[line.scanout, default: Lane()].size = line.surface?.size
      lanes[line.scanout]?.isDamaged = false
      return .scanout(line.surface)
    case .damage:
      guard let damage = line.damage, !damage.isEmpty, let size = lanes[line.scanout]?.size, damage.isInside(size)
      else { throw LineProblem("the damage is not inside the surface") }
      lanes[line.scanout]?.isDamaged = true
      return .damage(damage)
    case .frame:
      guard manifest.version > 1 else { throw LineProblem("it is no event") }
      guard let count = line.count else { throw LineProblem("the frame has no number") }
      lanes[line.scanout, default: Lane()].frameCount = count
      return .frame(count)
    case .cursor:
      guard let pointer = line.cursor else { return .noCursor }
      guard let hash = DumpLayout.cursorHash(in: pointer.file) else {
        throw LineProblem("“\(String(pointer.file.prefix(80)).printable)” is no name of a pointer's file")
      }
      return hasPointer(hash) ? .cursor(hash, hotSpot: pointer.hotSpot) : .noCursor
    case .cursorMoved:
      guard let position = line.position else { throw LineProblem("the pointer moves nowhere") }
      return .cursorMoved(position)
    case .vsync:
      guard let tick = line.tick else { throw LineProblem("the tick has no number") }
      lanes[line.scanout, default: Lane()].lastTick = tick
      return .vsync(tick)
    }
  }

  /// Adds the frame of a line, and gives its index; nil for none, or for one whose file is not what the line says.
  private mutating func takeFrame(_ line: EventLine) -> Int? {
    guard let frame = line.frame else { return nil }
    do throws(LineProblem) {
      guard frame.number > lanes[line.scanout]?.lastNumber ?? 0 else {
        throw LineProblem("frame \(frame.number) comes a second time")
      }
      guard line.kind == (manifest.frames == .vsync ? .vsync : manifest.version == 1 ? .damage : .frame) else {
        throw LineProblem("frame \(frame.number) is completed by a \(line.kind.rawValue), which completes none here")
      }
      // A tick may come with the picture of the tick before: when the dump has a second file, in which the pointer moved.
      guard let lane = lanes[line.scanout], lane.isDamaged || lane.lastHash == frame.hash else {
        throw LineProblem("frame \(frame.number) is new, and nothing was damaged")
      }
      let size = try checkFile(frame.file, frame.hash, line.scanout)
      if let file = frame.cursorFile { _ = try checkFile(file, frame.cursorHash, line.scanout) }
      add(
        RecordedFrame(
          scanout: line.scanout, number: frame.number, time: DisplayTime(nanoseconds: line.time), size: size,
          file: frame.file, hash: frame.hash, pointerFile: frame.cursorFile, pointerHash: frame.cursorHash))
      return frames.count - 1
    } catch {
      problems.add(error.words)
      lost.add(FrameName(scanout: line.scanout, number: frame.number).description, error.words)
      return nil
    }
  }

  private mutating func add(_ frame: RecordedFrame) {
    var lane = lanes[frame.scanout] ?? Lane()
    lane.lastNumber = frame.number
    lane.lastHash = frame.hash
    lane.isDamaged = false
    lanes[frame.scanout] = lane
    frames.append(frame)
  }

  /// Looks at the head of a frame's file.
  private func checkFile(_ name: String, _ hash: FrameHash?, _ scanout: ScanoutID) throws(LineProblem) -> Size {
    guard FrameName(name) != nil else {
      throw LineProblem("“\(String(name.prefix(80)).printable)” is no name of a frame's file")
    }
    let file: PNGFile
    do throws(PNGError) {
      file = try PNGFile(folder, name)
    } catch {
      throw LineProblem("\(error)")
    }
    guard file.hash == hash, file.size == lanes[scanout]?.size else {
      throw LineProblem("\(folder.path.path(to: name.description).printable) is not the picture that was dumped")
    }
    return file.size
  }

  private mutating func hasPointer(_ hash: FrameHash) -> Bool {
    if let known = pointers[hash] { return known }
    do throws(PNGError) {
      _ = try PNGFile(folder, DumpLayout.cursor(hash))
      pointers[hash] = true
    } catch {
      problems.add("\(error)")
      pointers[hash] = false
    }
    return pointers[hash] ?? false
  }

  /// Adds what a writer that was stopped had written of a frame, but not yet of its event: at most one frame.
  private mutating func addLastFrames() {
    guard !manifest.finished, let files = try? folder.names(in: DumpLayout.frames) else { return }
    for name in files.compactMap(FrameName.init(file:)) where !name.showsPointer {
      guard
        // The number in the name is above zero; the lane's is whatever the log says.
        let lane = lanes[name.scanout], name.number - 1 == lane.lastNumber,
        let file = try? PNGFile(folder, name.description), file.size == lane.size
      else { continue }
      let time = events.last?.time ?? .zero
      add(
        RecordedFrame(
          scanout: name.scanout, number: name.number, time: time, size: file.size, file: name.description,
          hash: file.hash, pointerFile: nil, pointerHash: nil))
      var event = RecordedEvent(change: .damage(Rectangle(file.size)), scanout: name.scanout, time: time)
      events.append(event)
      event.change = manifest.frames == .vsync ? .vsync(lane.lastTick &+ 1) : .frame(lane.frameCount &+ 1)
      event.frame = frames.count - 1
      events.append(event)
      problems.add(
        "\(folder.path.path(to: name.description).printable) was written last, and its event was not: it is shown at the end"
      )
    }
  }

  private mutating func noteDamagedLines() {
    guard damagedLines > 0 else { return }
    lost.add(nil, "\(DumpLayout.events) has \(count(damagedLines, "damaged line")), which may have been frames")
  }

  /// A finished dump states how many frames it has.
  private mutating func checkCounts() {
    guard manifest.finished else { return }
    let counts = Dictionary(grouping: frames, by: \.scanout).mapValues(\.count)
    for stated in manifest.scanouts {
      let found = counts[stated.scanout] ?? 0
      guard found != stated.frames else { continue }
      let sentence =
        "scanout \(stated.scanout) was recorded with \(count(stated.frames, "frame")), and \(found) are left"
      problems.add(sentence)
      lost.add(nil, sentence)
    }
  }
}

internal import Display
internal import LinuxIO
internal import PNG
internal import Text

/// Reads a folder of PNG files as a recording: each file is a frame, and so is each file of the folders below it.
///
/// Files are taken in their natural order, numbers by their value. Files named as a dump names its frames
/// (`1-000042.png`) belong to that scanout, all others to scanout 0. A second file of a frame, which shows the cursor
/// too, belongs to the frame if that is there.
struct ImageFolderReader {
  static func read(_ folder: Directory, rate: Double) throws(RecordingError) -> Recording {
    let listing = try list(folder)
    let all = Set(listing.files.map(\.fileNameBytes))
    var problems = ProblemList()
    var lost = LostFrames()
    var counts: [ScanoutID: Int] = [:]
    var frames: [RecordedFrame] = []
    for name in listing.files.sorted(by: NaturalOrder.precedes) {
      let known = FrameName(file: name)
      // The second file of a frame that is there comes with that frame.
      if let known, known.showsPointer, all.contains(known.withoutPointer.file.fileNameBytes) { continue }
      let scanout = known?.scanout ?? 0
      let file: PNGFile
      do throws(PNGError) {
        file = try PNGFile(folder, name)
      } catch {
        problems.add("\(error)")
        lost.add(name, "\(error)")
        continue
      }
      var second: PNGFile?
      if let known, !known.showsPointer, case let other = known.withPointer.file, all.contains(other.fileNameBytes) {
        do throws(PNGError) {
          second = try PNGFile(folder, other)
        } catch {
          problems.add("\(error)")
          lost.add(other, "\(error)")
        }
      }
      let number = counts[scanout, default: 0] + 1
      counts[scanout] = number
      frames.append(
        RecordedFrame(
          scanout: scanout, number: number, time: time(of: number - 1, rate: rate), size: file.size, file: name,
          hash: file.kind == .opaque ? file.hash : nil,
          pointerFile: second.map { _ in known?.withPointer.file ?? name },
          pointerHash: second?.kind == .opaque ? second?.hash : nil))
    }
    for obstacle in listing.obstacles {
      let sentence = "\(folder.path.path(to: obstacle.file).printable) \(obstacle.reason)"
      problems.add(sentence)
      lost.add(obstacle.file, sentence)
    }
    guard !frames.isEmpty else { throw .noFrames(path: folder.path, problems.first ?? found(in: folder)) }
    // Each scanout has its own order; together they are ordered by time.
    frames.sort { ($0.time, $0.scanout) < ($1.time, $1.scanout) }
    let events = events(of: frames)
    return Recording(
      path: folder.path, form: .pictures,
      options: FrameDumpOptions(provenance: Provenance(source: "a folder of PNG files")), isFinished: true,
      frames: frames, lostFrames: lost.all, scanouts: RecordedScanout.summarize(events), problems: problems.sentences,
      events: events, folder: folder)
  }

  private static func list(_ folder: Directory) throws(RecordingError) -> ImageFiles {
    let names: [String]
    let listing: ImageFiles
    do throws(SystemError) {
      names = try folder.names()
      listing = try ImageFiles(folder)
    } catch {
      throw .unreadable(path: folder.path, error)
    }
    // What was a dump once is not taken for pictures that a person named.
    guard !names.contains(DumpLayout.events) || !names.contains(DumpLayout.frames) else {
      throw .noFrames(path: folder.path, found(in: folder))
    }
    guard !listing.isCutOff else { throw .tooMuch(path: folder.path, limit: "\(ImageFiles.mostFiles) files") }
    return listing
  }

  /// What a folder without any PNG holds instead, with a hint where the frames may be.
  private static func found(in folder: Directory) -> String {
    let names = (try? folder.names()) ?? []
    if names.contains(DumpLayout.frames) {
      return "neither \(DumpLayout.manifest) nor a PNG file is in it; its folder “\(DumpLayout.frames)” may be meant"
    }
    return names.isEmpty ? "it is empty" : "neither \(DumpLayout.manifest) nor a PNG file is in it"
  }

  /// A rate that no clock has gives one frame a nanosecond, or all of them at once.
  private static func time(of index: Int, rate: Double) -> DisplayTime {
    let nanoseconds = Double(index) * 1e9 / rate
    return DisplayTime(nanoseconds: nanoseconds < 1e18 ? UInt64(max(0, nanoseconds)) : 0)
  }

  /// A surface for each new size, and for each frame all of it damaged, and a tick.
  private static func events(of frames: [RecordedFrame]) -> [RecordedEvent] {
    var sizes: [ScanoutID: Size] = [:]
    var events: [RecordedEvent] = []
    for (index, frame) in frames.enumerated() {
      func add(_ change: RecordedEvent.Change, frame completed: Int? = nil) {
        events.append(RecordedEvent(change: change, scanout: frame.scanout, time: frame.time, frame: completed))
      }
      if sizes.updateValue(frame.size, forKey: frame.scanout) != frame.size {
        add(.scanout(EventLine.Shown(size: frame.size, format: .b8g8r8x8)))
      }
      add(.damage(Rectangle(frame.size)))
      add(.frame(UInt64(frame.number)), frame: index)
      add(.vsync(UInt64(frame.number)))
    }
    return events
  }
}

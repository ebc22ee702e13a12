internal import Display
internal import LinuxIO
internal import PNG

/// Reads a folder of PNG files as a recording: each file is a frame.
///
/// Files are taken in their natural order, numbers by their value. Files named as a dump names its frames
/// (`1-000042.png`) belong to that scanout, all others to scanout 0.
struct PictureFolderReader {
  /// The most files that are read.
  private static let mostFiles = 1_000_000

  static func read(_ folder: Directory, rate: Double) throws(RecordingError) -> Recording {
    var problems = ProblemList()
    var counts: [ScanoutID: Int] = [:]
    var frames: [RecordedFrame] = []
    for (scanout, name) in try files(folder) {
      do throws(PNGError) {
        let file = try PNGFile(folder, name)
        let number = counts[scanout, default: 0] + 1
        counts[scanout] = number
        frames.append(
          RecordedFrame(
            scanout: scanout, number: number, time: time(of: number - 1, rate: rate), size: file.size, file: name,
            hash: file.kind == .opaque ? file.hash : nil, pointerFile: nil, pointerHash: nil))
      } catch {
        problems.add("\(error)")
      }
    }
    guard !frames.isEmpty else { throw .noFrames(path: folder.path, problems.first ?? found(in: folder)) }
    // Each scanout has its own order; together they are ordered by time.
    frames.sort { ($0.time, $0.scanout) < ($1.time, $1.scanout) }
    let events = events(of: frames)
    return Recording(
      path: folder.path, form: .pictures,
      options: FrameDumpOptions(provenance: Provenance(source: "a folder of PNG files")), isFinished: true,
      frames: frames, scanouts: RecordedScanout.summarize(events), problems: problems.sentences,
      events: events, folder: folder)
  }

  /// The files to be shown. A dump's second files, which only add the pointer, are left out.
  private static func files(_ folder: Directory) throws(RecordingError) -> [(ScanoutID, String)] {
    let names: [String]
    do throws(SystemError) {
      names = try folder.names().filter { $0.lowercased().hasSuffix(".png") && !$0.hasPrefix(".") }
    } catch {
      throw .unreadable(path: folder.path, error)
    }
    guard names.count <= mostFiles else { throw .tooMuch(path: folder.path, limit: "\(mostFiles) files") }
    return names.sorted(by: NaturalOrder.precedes).compactMap { name in
      let known = FrameName(file: name)
      return known?.showsPointer == true ? nil : (known?.scanout ?? 0, name)
    }
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
      add(.damage(Rectangle(frame.size)), frame: index)
      add(.vsync(UInt64(frame.number)))
    }
    return events
  }
}

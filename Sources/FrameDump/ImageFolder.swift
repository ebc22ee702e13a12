internal import Display
internal import Frames
internal import LinuxIO
internal import PNG
internal import Text

/// A folder of PNG files as a recording: each file is a frame, and so is each file of the folders below it.
///
/// Files are taken in their natural order, numbers by their value. Files named as a dump names its frames
/// (`1-000042.png`) belong to that scanout, all others to scanout 0. A second file of a frame, which shows the cursor
/// too, belongs to the frame if that is there.
struct ImageFolder: Sendable {
  /// The files of a frame.
  struct Entry: Sendable {
    let file: String
    let cursorFile: String?
  }

  let folder: Directory
  /// The frames of each scanout, in their order.
  let entries: [ScanoutID: [Entry]]
  private(set) var summary: RecordingSummary
  private let rate: Double

  init(_ folder: Directory, rate: Double) throws(RecordingError) {
    self.folder = folder
    self.rate = rate
    let listing = try Self.list(folder)
    let all = Set(listing.files.map(\.fileNameBytes))
    var summary = RecordingSummary()
    var entries: [ScanoutID: [Entry]] = [:]
    func isReadable(_ name: String) -> Bool {
      do throws(PNGError) {
        _ = try PNGFile(folder, name)
        return true
      } catch {
        summary.add(problem: "\(error)")
        summary.addLost(name, "\(error)")
        return false
      }
    }
    for file in listing.files.sorted(by: NaturalOrder.precedes) {
      let name = FrameName(file: file)
      // The second file of a frame that is there comes with that frame.
      let isSecond = name.position?.showsCursor ?? false
      if isSecond, all.contains(name.withoutCursor.file.fileNameBytes) { continue }
      guard isReadable(file) else { continue }
      var second: String?
      if name.position != nil, !isSecond, case let other = name.withCursor.file, all.contains(other.fileNameBytes),
        isReadable(other)
      {
        second = other
      }
      entries[name.position?.scanout ?? 0, default: []].append(Entry(file: file, cursorFile: second))
    }
    for obstacle in listing.obstacles {
      let sentence = "\(folder.path.path(to: obstacle.file).printable) \(obstacle.reason)"
      summary.add(problem: sentence)
      summary.addLost(obstacle.file, sentence)
    }
    guard !entries.isEmpty else { throw .noFrames(path: folder.path, summary.problems.first ?? Self.found(in: folder)) }
    self.entries = entries
    self.summary = summary
    var cursor = ImageFolderCursor(self)
    while let event = try cursor.next() { summary.count(event, isNewImage: true) }
    self.summary = summary
  }

  /// The frame of an entry; the heads of its files are read.
  func frame(_ number: Int, of scanout: ScanoutID, _ entry: Entry) throws(RecordingError) -> RecordedFrame {
    do throws(PNGError) {
      let file = try PNGFile(folder, entry.file)
      let second = try entry.cursorFile.map { name throws(PNGError) in try PNGFile(folder, name) }
      return RecordedFrame(
        scanout: scanout, number: number, time: time(of: number - 1), size: file.size, file: entry.file,
        hash: file.kind == .opaque ? file.hash : nil, cursorFile: entry.cursorFile,
        cursorHash: second?.kind == .opaque ? second?.hash : nil)
    } catch {
      throw .badFrame(error)
    }
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
    // What was a dump once is not taken for images that a person named.
    guard !names.contains(DumpLayout.events) || !names.contains(DumpLayout.frames) else {
      throw .noFrames(path: folder.path, found(in: folder))
    }
    guard !listing.isCutOff else { throw .tooMuch(path: folder.path, limit: "\(ImageFiles.maximumFiles) files") }
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
  private func time(of index: Int) -> DisplayTime {
    let nanoseconds = Double(index) * 1e9 / rate
    return DisplayTime(nanoseconds: nanoseconds < 1e18 ? UInt64(max(0, nanoseconds)) : 0)
  }
}

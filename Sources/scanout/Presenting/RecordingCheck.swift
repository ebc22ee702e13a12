import FrameDump
import PNG
import Text

/// Decodes everything that a recording shows, and finds what does not hold what it states.
struct RecordingCheck {
  /// What is wrong, in sentences.
  private(set) var problems: [String] = []
  /// How many files were decoded.
  private(set) var fileCount = 0

  /// Decodes each file of the recording once.
  init(_ recording: Recording) throws {
    let progress = ProgressBar("checking")
    var done: Set<[UInt8]> = []
    for (index, frame) in recording.frames.enumerated() {
      for showsPointer in frame.pointerFile == nil ? [false] : [false, true] {
        let file = showsPointer ? frame.pointerFile ?? frame.file : frame.file
        guard done.insert(file.fileNameBytes).inserted else { continue }
        fileCount += 1
        check(frame, showsPointer, in: recording)
      }
      progress.show(index + 1, of: recording.frames.count)
    }
  }

  private mutating func check(_ frame: RecordedFrame, _ showsPointer: Bool, in recording: Recording) {
    do {
      let file = try recording.file(of: frame, showingPointer: showsPointer)
      let picture = try file.decode()
      let stated = showsPointer ? frame.pointerHash : frame.hash
      guard stated == nil || stated == FrameHash(of: picture) else {
        problems.append("\(file.name.printable) holds another image than the one that it states")
        return
      }
    } catch {
      problems.append("\(error)")
    }
  }
}

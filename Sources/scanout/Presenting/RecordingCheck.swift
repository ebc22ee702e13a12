import FrameDump
import Frames
import PNG
import Text

/// Decodes everything that a recording shows, and finds what does not hold what it states.
struct RecordingCheck {
  /// The most files that are remembered as decoded, so that memory does not grow with the recording.
  private static let mostFiles = 1 << 16

  /// What is wrong, in sentences.
  private(set) var problems: [String] = []
  /// How many files were decoded.
  private(set) var fileCount = 0
  /// Files that were decoded: the latest ones.
  private var done: Set<[UInt8]> = []

  /// Decodes each file of the recording once; of a very long one, a file that comes back late may be decoded again.
  init(_ recording: Recording) throws {
    let progress = ProgressBar("checking")
    var count = 0
    try recording.forEachFrame { frame in
      for showsCursor in frame.cursorFile == nil ? [false] : [false, true] {
        let file = showsCursor ? frame.cursorFile ?? frame.file : frame.file
        if done.count >= Self.mostFiles { done = [] }
        guard done.insert(file.fileNameBytes).inserted else { continue }
        fileCount += 1
        check(frame, showsCursor, in: recording)
      }
      count += 1
      progress.show(count, of: recording.frameCount)
    }
  }

  private mutating func check(_ frame: RecordedFrame, _ showsCursor: Bool, in recording: Recording) {
    do {
      let file = try recording.file(of: frame, showingCursor: showsCursor)
      let image = try file.decode()
      let stated = showsCursor ? frame.cursorHash : frame.hash
      guard stated == nil || stated == FrameHash(of: image) else {
        problems.append("\(file.name.printable) holds another image than the one that it states")
        return
      }
    } catch {
      problems.append("\(error)")
    }
  }
}

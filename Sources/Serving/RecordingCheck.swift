import FrameDump
import Frames
import PNG
import Text

/// Check of a recording: decodes every file, and compares its image with the hash that the file states.
struct RecordingCheck {
  /// Maximum number of decoded files that are remembered, so that memory does not grow with the recording.
  private static let mostFiles = 1 << 16

  /// Problems, in sentences.
  private(set) var problems: [String] = []
  /// Number of files that were decoded.
  private(set) var fileCount = 0
  /// Names of the files that were decoded last.
  private var done: Set<[UInt8]> = []

  /// Decodes each file of the recording once; in a very long recording, a file that is used again may be decoded again.
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

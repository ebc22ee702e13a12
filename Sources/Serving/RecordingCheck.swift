public import FrameDump
internal import Frames
internal import PNG
internal import Text

/// Check of a recording: decodes every file, and compares its image with the hash that the file states.
public struct RecordingCheck {
  /// Maximum number of decoded files that are remembered, so that memory does not grow with the recording.
  private static let maximumFiles = 1 << 16

  /// Problems, in sentences.
  public private(set) var problems: [String] = []
  /// Number of files that were decoded.
  public private(set) var fileCount = 0
  /// Names of the files that were decoded last.
  private var done: Set<[UInt8]> = []

  /// Decodes each file of the recording once; in a very long recording, a file that is used again may be decoded again.
  /// `progress` is called after each frame with the number of frames so far and of all.
  public init(_ recording: Recording, progress: (_ done: Int, _ count: Int) -> Void = { _, _ in }) throws {
    var count = 0
    try recording.forEachFrame { frame in
      for showsCursor in frame.cursorFile == nil ? [false] : [false, true] {
        let file = showsCursor ? frame.cursorFile ?? frame.file : frame.file
        if done.count >= Self.maximumFiles { done = [] }
        guard done.insert(file.fileNameBytes).inserted else { continue }
        fileCount += 1
        check(frame, showsCursor, in: recording)
      }
      count += 1
      progress(count, recording.frameCount)
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

internal import Frames
internal import LinuxIO
internal import Text

/// Problems of a dump, collected while its log is read for the first time.
struct DumpNotes: Sendable {
  private(set) var summary = RecordingSummary()
  private let isFinished: Bool
  /// Damaged lines, each of which may have completed a frame.
  private var damagedLines = 0

  init(_ manifest: Manifest) {
    isFinished = manifest.finished
    if let sentence = manifest.incompleteness { summary.add(problem: sentence) }
  }

  mutating func add(_ sentence: String) {
    summary.add(problem: sentence)
  }

  mutating func add(lost file: String?, _ sentence: String) {
    summary.add(problem: sentence)
    summary.addLost(file, sentence)
  }

  mutating func add(unreadableLog error: SystemError) {
    add(lost: nil, "\(error)")
  }

  mutating func add(line: Int, _ problem: LineProblem, isTorn: Bool) {
    summary.add(problem: "\(DumpLayout.events), line \(line): \(problem.reason)")
    // An unfinished dump may end in half a line, whose frame was never complete: nothing is lost.
    if !isTorn || isFinished { damagedLines += 1 }
  }

  mutating func count(_ event: RecordedEvent) {
    let isNewImage =
      event.frame.map { $0.file == DumpLayout.file(of: FrameName(scanout: $0.scanout, number: $0.number)) } ?? false
    summary.count(event, isNewImage: isNewImage)
  }

  /// Compares the frame counts in a finished manifest with the log.
  mutating func complete(_ manifest: Manifest) {
    if manifest.finished {
      let counts = Dictionary(uniqueKeysWithValues: summary.scanouts.map { ($0.scanout, $0.frames) })
      for stated in manifest.scanouts {
        let found = counts[stated.scanout] ?? 0
        guard found != stated.frames else { continue }
        add(
          lost: nil,
          "scanout \(stated.scanout) was recorded with \(Text.count(stated.frames, "frame")), and \(found) are left")
      }
    }
    guard damagedLines > 0 else { return }
    summary.addLost(
      nil, "\(DumpLayout.events) has \(Text.count(damagedLines, "damaged line")), which may have been frames")
  }
}

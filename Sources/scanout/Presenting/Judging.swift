import ArgumentParser
import FrameDump
import Frames
import Glibc
import Golden
import PNG
import SDLDisplay
import Text

/// Comparison of a recording with goldens, which ends the program with the verdict's exit code.
struct Judging {
  /// Folder of results when no option names one.
  static let defaultResults = "scanout-results"

  /// The recording, as the user named it.
  let source: String
  /// The folder of the goldens.
  let goldens: String
  /// Folder of results; nil: ``defaultResults``, which is made when a frame does not pass.
  var results: String?
  /// The test whose results these are; nil: the folder is not shared by tests.
  var test: String?
  /// True: a recording that did not finish may pass.
  var allowsUnfinished = false
  /// True: decodes every frame and golden, and believes no hash that a file states.
  var decodesEverything = false
  /// True: describes every frame that does not pass.
  var listsAll = false
  /// True: prints the judgement as JSON.
  var json = false

  /// Removes results of an earlier run before a command begins, if its options have its dump compared with goldens.
  static func begin(_ sinks: SinkOptions) throws {
    guard let source = sinks.dump, let goldens = sinks.golden else { return }
    try ExitStatus.reporting { _ = try Judging(source: source, goldens: goldens).openResults() }
  }

  /// Compares the dump that a command wrote with goldens, if its options ask for it.
  static func judge(_ sinks: SinkOptions) throws {
    guard let source = sinks.dump, let goldens = sinks.golden else { return }
    try Judging(source: source, goldens: goldens).run()
  }

  /// Compares all frames, prints the judgement, and throws the exit code unless all passed.
  func run() throws {
    var verdict = Verdict.pass
    try ExitStatus.reporting(json: json) {
      // Before anything is read: results that stay after a failure must not be those of another run.
      let folder = try openResults()
      let judgement = try judge(try Recording.open(source), into: folder)
      if json {
        Console.write(String(decoding: judgement.json(), as: UTF8.self), to: 1)
      } else {
        judgement.summary(source: source, listsAll: listsAll, hasDisplay: Self.hasDisplay).forEach(Console.print)
      }
      verdict = judgement.verdict
    }
    if verdict != .pass { throw ExitCode(verdict.exitCode) }
  }

  private func openResults() throws(GoldenError) -> ResultFolder {
    try ResultFolder(results ?? Self.defaultResults, test: test, makesAtOnce: results != nil)
  }

  /// True when a user sees the windows that a suggested command opens.
  private static var hasDisplay: Bool {
    // Safe: the text is copied at once, and the environment does not change.
    let isAutomatic = unsafe getenv("CI").map { unsafe !["", "0", "false"].contains(String(cString: $0)) } ?? false
    return !isAutomatic && SDLWindows.isDisplayAvailable()
  }

  private func judge(_ recording: Recording, into results: ResultFolder) throws -> Judgement {
    let judge = GoldenJudge(try openGoldens(), results: results, decodesEverything: decodesEverything)
    let lost = Set(recording.lostFrames.map(\.reason))
    for problem in recording.problems where !lost.contains(problem) { Console.note("warning: \(problem.printable)") }
    if !recording.isFinished, !allowsUnfinished {
      judge.add(
        problem: "the recording did not finish, so frames may be missing at its end; "
          + "scanout verify \(source.shellQuoted) --golden \(goldens.shellQuoted) --allow-unfinished judges the others")
    }
    let progress = ProgressBar("judging")
    var count = 0
    try recording.forEachFrame { frame in
      try judge.judge(candidate(frame, in: recording))
      if frame.cursorFile != nil { try judge.judge(candidate(frame, in: recording, showingCursor: true)) }
      count += 1
      progress.show(count, of: recording.frameCount)
    }
    for frame in recording.lostFrames {
      if let file = frame.file {
        judge.addUnreadable(name(file, in: recording), problem: frame.reason)
      } else {
        judge.add(problem: frame.reason)
      }
    }
    return try judge.finish()
  }

  private func candidate(
    _ frame: RecordedFrame, in recording: Recording, showingCursor: Bool = false
  ) -> CandidateFrame {
    let file = showingCursor ? frame.cursorFile ?? frame.file : frame.file
    // A dump's frames may share a file, so its numbers count.
    let name =
      recording.form == .images
      ? FrameName(file: file)
      : FrameName(scanout: frame.scanout, number: frame.number, showsCursor: showingCursor)
    return CandidateFrame(
      name, hash: showingCursor ? frame.cursorHash : frame.hash, path: recording.path.path(to: file)
    ) { try recording.file(of: frame, showingCursor: showingCursor) }
  }

  /// Images of other origin keep their paths; a dump's frames are in one folder.
  private func name(_ file: String, in recording: Recording) -> FrameName {
    FrameName(file: recording.form == .images ? file : file.split(separator: "/").last.map(String.init) ?? file)
  }

  /// A dump names the file of every frame; any other folder has a file for each golden.
  private func openGoldens() throws -> GoldenSet {
    guard try Recording.isDump(goldens) else { return try GoldenSet(folder: goldens) }
    let dump = try Recording.open(goldens)
    var images: [FrameName: [GoldenImage]] = [:]
    try dump.forEachFrame { frame in
      images[FrameName(scanout: frame.scanout, number: frame.number)] = [GoldenImage(file: frame.file)]
      if let file = frame.cursorFile {
        images[FrameName(scanout: frame.scanout, number: frame.number, showsCursor: true)] = [GoldenImage(file: file)]
      }
    }
    return try GoldenSet(
      path: goldens, images: images, problems: dump.lostFrames.map { "a golden cannot be read: \($0.reason)" })
  }
}

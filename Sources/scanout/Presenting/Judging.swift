import ArgumentParser
import FrameDump
import Frames
import Glibc
import Golden
import PNG
import SDLDisplay
import Text

/// Judges a recording by goldens, and ends the program with the code of the verdict.
struct Judging {
  /// Where images of what does not pass go when nothing else was asked for.
  static let defaultResults = "scanout-results"

  /// The recording, as the user named it.
  let source: String
  /// The folder of the goldens.
  let goldens: String
  /// Where images of what does not pass go; nil: ``defaultResults``, when there is something to put there.
  var results: String?
  /// The test whose results these are; nil: the folder is not shared by tests.
  var test: String?
  /// True: a recording that did not finish may pass.
  var allowsUnfinished = false
  /// True: decodes everything, and believes no file that states which image it holds.
  var decodesEverything = false
  /// True: describes every frame that does not pass.
  var listsAll = false
  /// Answers for a program.
  var json = false

  /// Removes what an earlier run left in the folder of results, before a command begins whose dump is judged at its end.
  static func begin(_ sinks: SinkOptions) throws {
    guard let source = sinks.dump, let goldens = sinks.golden else { return }
    try ExitStatus.reporting { _ = try Judging(source: source, goldens: goldens).openResults() }
  }

  /// Judges the dump that a command wrote, when its options ask for it.
  static func judge(_ sinks: SinkOptions) throws {
    guard let source = sinks.dump, let goldens = sinks.golden else { return }
    try Judging(source: source, goldens: goldens).run()
  }

  /// Judges, says what came of it, and throws the exit code unless all passed.
  func run() throws {
    var verdict = Verdict.pass
    try ExitStatus.reporting(json: json) {
      // Before anything is read: what stays there after a failure must not be another run's.
      let folder = try openResults()
      let judgement = try judge(try Recording.open(source), into: folder)
      if json {
        Console.write(String(decoding: judgement.json(), as: UTF8.self), to: 1)
      } else {
        judgement.summary(source: source, listsAll: listsAll, hasDisplay: Self.hasDisplay).forEach(Console.answer)
      }
      verdict = judgement.verdict
    }
    if verdict != .pass { throw ExitCode(verdict.exitCode) }
  }

  private func openResults() throws(GoldenError) -> ResultFolder {
    try ResultFolder(results ?? Self.defaultResults, test: test, makesAtOnce: results != nil)
  }

  /// True when windows that a suggested command opens are seen by somebody.
  private static var hasDisplay: Bool {
    // Safe: the text is copied at once, and nobody changes the environment.
    let isAutomatic = unsafe getenv("CI").map { unsafe !["", "0", "false"].contains(String(cString: $0)) } ?? false
    return !isAutomatic && SDLWindows.isDisplayAvailable()
  }

  private func judge(_ recording: Recording, into results: ResultFolder) throws -> Judgement {
    let judge = GoldenJudge(try openGoldens(), results: results, decodesEverything: decodesEverything)
    let lost = Set(recording.lostFrames.map(\.reason))
    for problem in recording.problems where !lost.contains(problem) { Console.say("warning: \(problem.printable)") }
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

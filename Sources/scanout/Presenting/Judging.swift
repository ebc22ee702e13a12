import ArgumentParser
import FrameDump
import Golden
import PNG

/// Judges a recording by goldens, and ends the program with the code of the verdict.
struct Judging {
  /// Where pictures of what does not pass go when nothing else was asked for.
  static let defaultResults = "scanout-results"

  /// The recording, as the user named it.
  let source: String
  /// The folder of the goldens.
  let goldens: String
  /// Where pictures of what does not pass go; nil: ``defaultResults``, when there is something to put there.
  var results: String?
  /// Answers for a program.
  var json = false

  /// Judges the dump that a command wrote, when its options ask for it.
  static func judge(_ sinks: SinkOptions) throws {
    guard let source = sinks.dump, let goldens = sinks.golden else { return }
    try Judging(source: source, goldens: goldens).run()
  }

  /// Judges, says what came of it, and throws the exit code unless all passed.
  func run() throws {
    var verdict = Verdict.pass
    try ExitStatus.reporting {
      let recording = try Recording.open(source)
      for problem in recording.problems { Console.say("warning: \(problem)") }
      var judgement = try judge(recording, into: results)
      if judgement.verdict != .pass, results == nil { judgement = try judge(recording, into: Self.defaultResults) }
      if json {
        Console.write(String(decoding: judgement.json(), as: UTF8.self), to: 1)
      } else {
        judgement.summary(source: source).forEach(Console.answer)
      }
      verdict = judgement.verdict
    }
    if verdict != .pass { throw ExitCode(verdict.exitCode) }
  }

  private func judge(_ recording: Recording, into results: String?) throws -> Judgement {
    let judge = GoldenJudge(try openGoldens(), results: try results.map { try ResultFolder($0) })
    let progress = ProgressBar("judging")
    for (index, frame) in recording.frames.enumerated() {
      try judge.judge(CandidateFrame(name(frame, in: recording), hash: frame.hash) { try recording.picture(of: frame) })
      if frame.pointerFile != nil {
        let name = FrameName(scanout: frame.scanout, number: frame.number, showsPointer: true)
        try judge.judge(
          CandidateFrame(name, hash: frame.pointerHash) { try recording.picture(of: frame, showingPointer: true) })
      }
      progress.show(index + 1, of: recording.frames.count)
    }
    return try judge.finish()
  }

  /// Pictures of other origin keep their names; a dump's frames may share a file, so its numbers count.
  private func name(_ frame: RecordedFrame, in recording: Recording) -> FrameName {
    recording.form == .pictures
      ? FrameName(file: frame.file) : FrameName(scanout: frame.scanout, number: frame.number)
  }

  /// A dump names the file of every frame; any other folder has a file for each golden.
  private func openGoldens() throws -> GoldenSet {
    guard let dump = try? Recording.open(goldens), dump.form == .dump else { return try GoldenSet(folder: goldens) }
    var files: [FrameName: String] = [:]
    for frame in dump.frames {
      files[FrameName(scanout: frame.scanout, number: frame.number)] = frame.file
      if let file = frame.pointerFile {
        files[FrameName(scanout: frame.scanout, number: frame.number, showsPointer: true)] = file
      }
    }
    return try GoldenSet(path: goldens, files: files)
  }
}

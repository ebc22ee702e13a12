internal import Text

/// Result of a run: the verdicts of its frames, and its problems.
public struct Judgement: Sendable, Equatable {
  /// The folder of the goldens, as it was named when it was opened.
  public let goldens: String
  /// The folder with the results; nil when there is none.
  public let results: String?
  /// Every frame that came, in their order, then the goldens that were not reached.
  public let frames: [JudgedFrame]
  /// The number of frames that were not judged because nothing selects them; nil: all frames were judged.
  public let notSelected: Int?
  /// Problems of the run as a whole, one sentence each, such as a recording that did not finish. A run with any of them
  /// has not passed.
  public let problems: [String]
  /// The folder to which goldens of new frames can be added, if there is one.
  let home: String?

  init(
    goldens: String, home: String?, results: String?, frames: [JudgedFrame], notSelected: Int? = nil, problems: [String]
  ) {
    self.goldens = goldens
    self.home = home
    self.results = results
    self.frames = frames
    self.notSelected = notSelected
    self.problems = problems
  }

  /// The worst verdict of all; a run without frames and goldens passes. A problem counts as something unreadable.
  public var verdict: Verdict {
    frames.reduce(problems.isEmpty ? .pass : .unreadable) { $1.verdict.isWorse(than: $0) ? $1.verdict : $0 }
  }

  /// How many frames have a verdict.
  public func count(_ verdict: Verdict) -> Int {
    frames.count { $0.verdict == verdict }
  }

  /// The JSON form, as in `result.json`: a response of the format `scanout-verify`. Members without a value are absent.
  public func json() -> [UInt8] {
    let report = Report(
      isFinished: true, goldens: goldens, results: results, verdict: verdict, exitCode: verdict.exitCode,
      counts: Counts(
        pass: count(.pass), mismatch: count(.mismatch), missingGolden: count(.missingGolden),
        notReached: count(.notReached), unreadable: count(.unreadable),
        notSelected: notSelected),
      frames: frames, problems: problems)
    return Self.encode(totals, report)
  }

  /// The `format` member that identifies our reports.
  static let format = "scanout-verify"

  /// The content of `result.json` until the run is over.
  static let unfinished = encode("The run has not come to its end.", Unfinished())

  private static func encode(_ summary: String, _ content: some Encodable) -> [UInt8] {
    [UInt8](JSONText.encode(JSONResponse("verify", summary: summary, content)).utf8) + [UInt8(ascii: "\n")]
  }

  private struct Counts: Encodable {
    let pass, mismatch, missingGolden, notReached, unreadable: Int
    let notSelected: Int?
  }

  private struct Report: Encodable {
    let isFinished: Bool
    let goldens: String
    let results: String?
    let verdict: Verdict
    let exitCode: Int32
    let counts: Counts
    let frames: [JudgedFrame]
    let problems: [String]
  }

  private struct Unfinished: Encodable {
    let isFinished = false
  }
}

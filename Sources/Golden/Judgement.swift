internal import FoundationEssentials

/// What became of a run.
public struct Judgement: Sendable, Equatable {
  /// The folder of the goldens, as it was named by who asked.
  public let goldens: String
  /// The folder with the results, if there is one.
  public let results: String?
  /// Every frame that came, in their order, then the goldens that were not reached.
  public let frames: [JudgedFrame]
  /// Where the goldens of further frames belong.
  let home: String?

  init(goldens: String, home: String?, results: String?, frames: [JudgedFrame]) {
    self.goldens = goldens
    self.home = home
    self.results = results
    self.frames = frames
  }

  /// The worst verdict of all; a run without frames and goldens passes.
  public var verdict: Verdict {
    frames.reduce(.pass) { $1.verdict.isWorse(than: $0) ? $1.verdict : $0 }
  }

  /// How many frames have a verdict.
  public func count(_ verdict: Verdict) -> Int {
    frames.count { $0.verdict == verdict }
  }

  /// The form for programs, which `result.json` has too. A name that is not there means that there is nothing to say.
  public func json() -> [UInt8] {
    let counts = Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, count($0)) })
    return Self.encode(
      Report(goldens: goldens, verdict: verdict, exitCode: verdict.exitCode, counts: counts, frames: frames))
  }

  /// What `result.json` says before there is a judgement.
  static let unfinished = encode(Unfinished())

  private static func encode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    // Encoding fails for numbers that JSON does not have; there are none.
    return ((try? encoder.encode(value)).map { [UInt8]($0) } ?? []) + [UInt8(ascii: "\n")]
  }

  private static let format = "scanout judgement"
  private static let version = 1

  private struct Report: Encodable {
    let format = Judgement.format
    let version = Judgement.version
    let finished = true
    let goldens: String
    let verdict: Verdict
    let exitCode: Int32
    let counts: [String: Int]
    let frames: [JudgedFrame]
  }

  private struct Unfinished: Encodable {
    let format = Judgement.format
    let version = Judgement.version
    let finished = false
  }
}

internal import Text

/// Results of a run.
public struct ConformanceReport: Encodable, Sendable {
  /// One case and its result.
  public struct Entry: Encodable, Sendable {
    /// The case.
    public let testCase: ConformanceCase
    /// What happened.
    public let result: CaseResult
    /// Why it was expected to fail; nil: it was not.
    public let expectedReason: String?
    /// How long it took.
    public let milliseconds: Int

    init(_ testCase: ConformanceCase, _ result: CaseResult, expectedReason: String?, milliseconds: Int) {
      self.testCase = testCase
      self.result = result
      self.expectedReason = expectedReason
      self.milliseconds = milliseconds
    }

    /// True when the back end fails, and nobody expected it.
    public var counts: Bool { result.isFailure && expectedReason == nil }

    /// True when it was expected to fail, and passes.
    public var isUnexpectedPass: Bool { result == .passed && expectedReason != nil }

    private enum CodingKeys: String, CodingKey {
      case name, group, sentence, source, result, expected, seen, reason, expectedFailure, milliseconds
    }

    /// The members that JSON.md describes.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(testCase.name, forKey: .name)
      try container.encode(testCase.group.rawValue, forKey: .group)
      try container.encode(testCase.sentence, forKey: .sentence)
      try container.encode(testCase.source, forKey: .source)
      try container.encode(result.name, forKey: .result)
      switch result {
      case .passed: break
      case .failed(let expected, let seen):
        try container.encode(expected, forKey: .expected)
        try container.encode(seen, forKey: .seen)
      case .crashed(let reason), .hung(let reason), .skipped(let reason):
        try container.encode(reason, forKey: .reason)
      }
      try container.encodeIfPresent(expectedReason, forKey: .expectedFailure)
      try container.encode(milliseconds, forKey: .milliseconds)
    }
  }

  /// How many cases have each result.
  public struct Counts: Equatable, Encodable, Sendable {
    /// Cases that passed.
    public var passed = 0
    /// Cases that failed, also those that were expected to.
    public var failed = 0
    /// Cases in which the back end crashed, also those that were expected to.
    public var crashed = 0
    /// Cases that reached their time limit, also those that were expected to.
    public var hung = 0
    /// Cases that do not apply.
    public var skipped = 0
    /// Failures, crashes and time limits that were expected.
    public var expected = 0
    /// Cases that passed although they were expected to fail.
    public var unexpectedPasses = 0

    init(_ entries: some Sequence<Entry>) {
      for entry in entries {
        switch entry.result {
        case .passed: passed += 1
        case .failed: failed += 1
        case .crashed: crashed += 1
        case .hung: hung += 1
        case .skipped: skipped += 1
        }
        if entry.result.isFailure, entry.expectedReason != nil { expected += 1 }
        if entry.isUnexpectedPass { unexpectedPasses += 1 }
      }
    }
  }

  /// The back end as it was named.
  public let backEnd: String
  /// The cases in the order in which they ran.
  public let entries: [Entry]
  /// Results of all cases.
  public let counts: Counts

  init(backEnd: String, entries: [Entry]) {
    self.backEnd = backEnd
    self.entries = entries
    counts = Counts(entries)
  }

  /// True when no case fails that was not expected to.
  public var isPassed: Bool { !entries.contains { $0.counts } }

  /// Exit code of the program: 0, or 3 when a case failed.
  public var exitCode: Int32 { isPassed ? 0 : 3 }

  /// Results of the cases of one group.
  public func counts(of group: CaseGroup) -> Counts {
    Counts(entries.lazy.filter { $0.testCase.group == group })
  }

  /// The report as one sentence.
  public var summary: String {
    var parts = ["\(counts.passed) passed"]
    for (number, word) in [
      (counts.failed, "failed"), (counts.crashed, "crashed"), (counts.hung, "hung"), (counts.skipped, "skipped"),
    ] where number > 0 { parts.append("\(number) \(word)") }
    var sentence = "\(count(entries.count, "case")): " + parts.joined(separator: ", ")
    if counts.expected > 0 { sentence += "; \(counts.expected) of these were expected to fail" }
    if counts.unexpectedPasses > 0 {
      sentence +=
        "; \(counts.unexpectedPasses) passed that \(counts.unexpectedPasses == 1 ? "was" : "were") expected to fail"
    }
    return sentence
  }

  private enum CodingKeys: String, CodingKey {
    case backEnd, exitCode, counts, cases
  }

  /// The members that JSON.md describes.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(backEnd, forKey: .backEnd)
    try container.encode(exitCode, forKey: .exitCode)
    try container.encode(counts, forKey: .counts)
    try container.encode(entries, forKey: .cases)
  }
}

internal import Text

/// What is wrong with a recording: the first problems in words, the others counted.
struct ProblemList: Sendable, Hashable {
  /// More than anybody reads; a file of garbage would give millions.
  private static let longest = 100

  private var kept: [String] = []
  private var others = 0

  /// All of them.
  var sentences: [String] {
    others == 0 ? kept : kept + ["and \(count(others, "more problem"))"]
  }

  mutating func add(_ sentence: String) {
    if kept.count < Self.longest { kept.append(sentence) } else { others += 1 }
  }
}

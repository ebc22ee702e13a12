internal import Text

/// Why a line of `events.jsonl` is not taken, or not all of it.
struct LineProblem: Error {
  let words: String

  init(_ words: String) {
    self.words = words
  }
}

/// What is wrong with a folder: the first problems in words, the others counted.
struct ProblemList {
  /// More than anybody reads; a file of garbage would give millions.
  private static let longest = 100

  private var kept: [String] = []
  private var others = 0

  /// The first one.
  var first: String? { kept.first }

  /// All of them.
  var sentences: [String] {
    others == 0 ? kept : kept + ["and \(count(others, "more problem"))"]
  }

  mutating func add(_ sentence: String) {
    if kept.count < Self.longest { kept.append(sentence) } else { others += 1 }
  }
}

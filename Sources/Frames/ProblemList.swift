internal import Text

/// Problems of a recording: the first hundred as sentences, the others as a number.
struct ProblemList: Sendable, Hashable {
  /// The most problems that are kept: a damaged file may have millions.
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

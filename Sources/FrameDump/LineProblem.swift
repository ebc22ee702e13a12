/// Why a line of `events.jsonl` is not taken, or not all of it.
struct LineProblem: Error {
  let words: String

  init(_ words: String) {
    self.words = words
  }
}

/// Why a line of `events.jsonl`, or a part of it, is ignored.
struct LineProblem: Error {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}

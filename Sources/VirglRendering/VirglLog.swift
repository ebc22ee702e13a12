internal import Synchronization

/// What the library says, passed on at a bounded rate: a guest can make it talk as much as it likes.
package final class VirglLog: Sendable {
  /// Lines that are passed on in each ``interval``.
  package static let limit = 16
  /// How long the limit holds.
  package static let interval = Duration.seconds(10)

  private struct State {
    var start: ContinuousClock.Instant
    var count = 0
    var last = ""
  }

  private let state: Mutex<State>
  private let now: @Sendable () -> ContinuousClock.Instant
  private let write: @Sendable (String) -> Void

  /// Passes lines to `write`, on the thread that says them.
  package init(
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, write: @escaping @Sendable (String) -> Void
  ) {
    self.now = now
    self.write = write
    state = Mutex(State(start: now()))
  }

  /// The latest line, passed on or not.
  package var last: String { state.withLock { $0.last } }

  /// Takes a line.
  package func say(_ text: String) {
    let line = String(text.trimming(while: \.isWhitespace))
    guard !line.isEmpty else { return }
    let time = now()
    let lines = state.withLock { state -> [String] in
      state.last = line
      var lines: [String] = []
      if time - state.start >= Self.interval {
        let missed = state.count - Self.limit
        if missed > 0 { lines.append("virglrenderer said \(missed) more lines") }
        state.start = time
        state.count = 0
      }
      state.count += 1
      if state.count <= Self.limit { lines.append("virglrenderer: \(line)") }
      return lines
    }
    for line in lines { write(line) }
  }
}

extension String {
  fileprivate func trimming(while matches: (Character) -> Bool) -> Substring {
    var rest = self[...].drop(while: matches)
    while let last = rest.last, matches(last) { rest.removeLast() }
    return rest
  }
}

internal import LinuxIO
internal import Synchronization

/// What the library says, passed on at a bounded rate: a guest can make it talk as much as it likes.
package final class VirglLog: Sendable {
  /// Lines that are passed on in each ``interval``.
  package static let limit = 16
  /// How long the limit holds, in nanoseconds.
  package static let interval: UInt64 = 10_000_000_000

  private struct State {
    var limiter = RateLimiter(count: VirglLog.limit, interval: VirglLog.interval)
    var last = ""
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> UInt64
  private let write: @Sendable (String) -> Void

  /// Passes lines to `write`, on the thread that says them. `now` is the time in nanoseconds.
  package init(
    now: @escaping @Sendable () -> UInt64 = { Alarm.now }, write: @escaping @Sendable (String) -> Void
  ) {
    self.now = now
    self.write = write
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
      guard state.limiter.take(at: time) else { return [] }
      let refused = state.limiter.takeRefused()
      return (refused > 0 ? ["virglrenderer said \(refused) more lines"] : []) + ["virglrenderer: \(line)"]
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

internal import LinuxIO
internal import Synchronization

/// Log of the library's messages with a rate limiter: a guest can make it write any number of them.
package final class VirglLog: Sendable {
  /// The most lines in each ``interval``.
  package static let limit = 16
  /// The interval of the limit in nanoseconds.
  package static let interval: UInt64 = 10_000_000_000

  private struct State {
    var limiter = RateLimiter(count: VirglLog.limit, interval: VirglLog.interval)
    var last = ""
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> UInt64
  private let output: @Sendable (String) -> Void

  /// Sends lines to `write`, on the thread that logs them. `now` is the time in nanoseconds.
  package init(
    now: @escaping @Sendable () -> UInt64 = { Alarm.now }, write: @escaping @Sendable (String) -> Void
  ) {
    self.now = now
    output = write
  }

  /// The latest line, within the limit or not.
  package var last: String { state.withLock { $0.last } }

  /// Logs a line.
  package func write(_ text: String) {
    let line = String(text.trimming(while: \.isWhitespace))
    guard !line.isEmpty else { return }
    let time = now()
    let lines = state.withLock { state -> [String] in
      state.last = line
      guard state.limiter.take(at: time) else { return [] }
      let refused = state.limiter.takeRefused()
      return (refused > 0 ? ["virglrenderer wrote \(refused) more lines"] : []) + ["virglrenderer: \(line)"]
    }
    for line in lines { output(line) }
  }
}

extension String {
  fileprivate func trimming(while matches: (Character) -> Bool) -> Substring {
    var rest = self[...].drop(while: matches)
    while let last = rest.last, matches(last) { rest.removeLast() }
    return rest
  }
}

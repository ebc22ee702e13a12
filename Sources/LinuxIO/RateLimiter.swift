/// Rate limiter for log lines that a guest, a peer or a library can trigger.
///
/// It also counts what it refuses, so that a log can say how many lines are missing. Used from one thread at a time.
public struct RateLimiter: Sendable {
  private let count: Int
  private let interval: UInt64
  private var start: UInt64?
  private var left = 0
  private var refused = 0

  /// Admits `count` lines in each `interval`, in nanoseconds of ``Alarm/now``.
  public init(count: Int, interval: UInt64) {
    self.count = count
    self.interval = interval
  }

  /// Admits one line; false when the limit of this interval is reached.
  public mutating func take(at now: UInt64 = Alarm.now) -> Bool {
    if start.map({ now &- $0 >= interval }) ?? true { (start, left) = (now, count) }
    guard left > 0 else {
      refused += 1
      return false
    }
    left -= 1
    return true
  }

  /// How many lines were refused since this was last called.
  public mutating func takeRefused() -> Int {
    defer { refused = 0 }
    return refused
  }
}

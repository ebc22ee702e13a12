internal import LinuxIO

/// Limit of the messages that cost something, by time. Who exceeds it waits.
struct Allowance {
  private static let interval: UInt64 = 100_000_000
  private static let count = 400

  private var start: UInt64 = 0
  private var left = 0

  /// Takes one. Nanoseconds to wait before there is another one; nil: there is.
  mutating func take(at now: UInt64 = Alarm.now) -> UInt64? {
    if now &- start >= Self.interval { (start, left) = (now, Self.count) }
    left -= 1
    return left > 0 ? nil : start &+ Self.interval &- now
  }
}

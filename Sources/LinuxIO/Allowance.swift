/// So much of something in so much time: what bounds a log that somebody else can make talk.
public struct Allowance: Sendable {
  private let count: Int
  private let interval: UInt64
  private var start: UInt64?
  private var left = 0

  /// `count` in each `interval`, in nanoseconds of ``Alarm/now``.
  public init(count: Int, interval: UInt64) {
    self.count = count
    self.interval = interval
  }

  /// Takes one; false when there is none left at this time.
  public mutating func take(at now: UInt64 = Alarm.now) -> Bool {
    if start.map({ now &- $0 >= interval }) ?? true { (start, left) = (now, count) }
    guard left > 0 else { return false }
    left -= 1
    return true
  }
}

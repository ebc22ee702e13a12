internal import Display

/// When the answer to a flush goes out: what paces a guest that waits for it, as Linux does for guest blobs.
public enum Pace: Equatable, Sendable {
  /// As soon as every sink took the frame.
  case immediate
  /// At the next tick of the scanout's clock, which runs at the refresh rate of its output.
  case refresh
  /// At the next tick of a clock with so many ticks in a thousand seconds, one for each scanout.
  case millihertz(UInt32)

  /// The time between two ticks; nil: there are none.
  func period(of output: Output) -> UInt64? {
    let millihertz =
      switch self {
      case .immediate: UInt32(0)
      case .refresh: output.refreshMillihertz
      case .millihertz(let rate): rate
      }
    return millihertz == 0 ? nil : 1_000_000_000_000 / UInt64(millihertz)
  }
}

/// The clock of one scanout: ticks at multiples of its period, and only when somebody waits for one.
struct VsyncClock {
  /// Requests that the next tick answers.
  private(set) var waiting: [Exchange] = []
  /// When that is.
  private(set) var next: DisplayTime?

  /// Lets an answer wait for the first tick after `now`.
  mutating func wait(_ exchange: Exchange, period: UInt64, now: DisplayTime) {
    exchange.wait()
    waiting.append(exchange)
    guard next == nil else { return }
    let (tick, wraps) = (now.nanoseconds / period).addingReportingOverflow(1)
    let (time, overflows) = tick.multipliedReportingOverflow(by: period)
    next = DisplayTime(nanoseconds: wraps || overflows ? now.nanoseconds : time)
  }

  /// Who waited for a tick that is due, and nobody any more; nil: none is.
  mutating func takeDue(_ now: DisplayTime) -> [Exchange]? {
    guard let next, next <= now else { return nil }
    defer { clear() }
    return waiting
  }

  /// Forgets who waits.
  mutating func clear() {
    waiting = []
    next = nil
  }
}

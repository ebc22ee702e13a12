package import Display

/// When flushes are responded to, which paces a guest that waits for the response, as Linux does for guest blobs.
public enum Pace: Equatable, Sendable {
  /// As soon as every sink has taken the frame.
  case immediate
  /// At the next tick of the scanout's clock, which runs at the refresh rate of its output.
  case refresh
  /// At the next tick of the scanout's clock, which runs so many thousandths of a hertz fast instead.
  case millihertz(UInt32)

  /// The nanoseconds between two ticks of the clock of a scanout with this output. It ticks also when no flush waits for
  /// it. A rate of 0 is none, and stands for 60 Hz.
  package func period(of output: Output) -> UInt64 {
    let rate = rate(on: output)
    return 1_000_000_000_000 / UInt64(rate == 0 ? 60_000 : rate)
  }

  /// True when flushes of what this output shows are responded to at ticks.
  package func waitsForTicks(of output: Output) -> Bool {
    self != .immediate && rate(on: output) != 0
  }

  /// The first multiple of `period` nanoseconds after `now`: the next tick of a clock that something changed for.
  package static func nextTick(period: UInt64, after now: DisplayTime) -> DisplayTime {
    let (count, wraps) = (now.nanoseconds / max(1, period)).addingReportingOverflow(1)
    let (time, overflows) = count.multipliedReportingOverflow(by: period)
    return DisplayTime(nanoseconds: wraps || overflows ? now.nanoseconds : time)
  }

  private func rate(on output: Output) -> UInt32 {
    switch self {
    case .immediate, .refresh: output.refreshMillihertz
    case .millihertz(let rate): rate
    }
  }
}

import Display

/// The time of a device under test, which passes only when told to.
package final class VirtualClock {
  /// No leap goes further than half of all times there are: later ones are for what is due.
  private static let end = UInt64(1) << 63

  package private(set) var now = DisplayTime.zero

  package init() {}

  /// Sets the clock forward to `time`, never back.
  package func advance(to time: DisplayTime) {
    now = max(now, time)
  }

  /// Sets the clock forward by so many nanoseconds, or to the end.
  package func advance(by nanoseconds: UInt64) {
    let (time, wraps) = now.nanoseconds.addingReportingOverflow(nanoseconds)
    advance(to: DisplayTime(nanoseconds: wraps ? Self.end : min(time, Self.end)))
  }
}

internal import Display

/// The clock of one scanout: ticks at multiples of its period, and only when something changed since its last tick.
struct VsyncClock {
  /// When the next tick is; nil: nothing changed, and there is none.
  private(set) var next: DisplayTime?
  /// Flushes whose responses wait for the next tick.
  private(set) var waiting: [PendingCommand] = []

  /// Something changed: the first multiple of `period` nanoseconds after `now` is a tick.
  mutating func arm(period: UInt64, now: DisplayTime) {
    guard next == nil else { return }
    next = Pace.nextTick(period: period, after: now)
  }

  /// Lets the response to a flush wait for the next tick; the clock is armed.
  mutating func wait(_ flush: PendingCommand) {
    flush.wait()
    waiting.append(flush)
  }

  /// True when it is time for the next tick.
  func isDue(_ now: DisplayTime) -> Bool {
    next.map { $0 <= now } ?? false
  }

  /// Ends the wait for the next tick, which is now or is not needed. Returns the flushes that waited for it.
  mutating func take() -> [PendingCommand] {
    defer { self = VsyncClock() }
    return waiting
  }

  /// Forgets the flushes that wait, and still ticks.
  mutating func dropWaiting() {
    waiting = []
  }
}

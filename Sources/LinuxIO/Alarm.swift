internal import CLinux
internal import Glibc

/// Timer that a thread waits for, with a wait that another thread can cancel.
public final class Alarm: Sendable {
  private let timer: Descriptor
  private let cancelled: EventCounter

  /// An alarm that is not waited for yet.
  public init() throws(SystemError) {
    let raw = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
    guard raw >= 0 else { throw SystemError("make a timer") }
    timer = Descriptor(owning: raw)
    cancelled = try EventCounter()
  }

  /// Nanoseconds of the monotonic clock, which never jumps.
  public static var now: UInt64 {
    var time = timespec()
    // Safe: the call fills the local it is given; with this clock it cannot fail.
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// The same clock, up to some milliseconds late: reading it takes a few nanoseconds.
  public static var roughNow: UInt64 {
    var time = timespec()
    // Safe: as above.
    unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Sleeps until the clock shows `deadline`, in nanoseconds; returns at once when that has passed. False when
  /// ``cancel()`` was called, before or meanwhile.
  public func wait(until deadline: UInt64) throws(SystemError) -> Bool {
    var setting = itimerspec()
    // A deadline of zero would stop the timer, and one beyond the clock's range is refused by the system.
    let deadline = min(max(deadline, 1), UInt64(Int64.max))
    setting.it_value = timespec(
      tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    // Safe: the setting is only read during the call.
    guard unsafe timerfd_settime(timer.rawValue, Int32(TFD_TIMER_ABSTIME), &setting, nil) == 0 else {
      throw SystemError("set a timer")
    }
    var waiting = [
      pollfd(fd: timer.rawValue, events: Int16(POLLIN), revents: 0),
      pollfd(fd: cancelled.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
    ]
    // Safe: the array has the two entries that the call reads and fills.
    while unsafe poll(&waiting, 2, -1) < 0 {
      guard errno == EINTR else { throw SystemError("wait for a timer") }
    }
    return waiting[1].revents == 0
  }

  /// Ends a wait, and every later one, early. Any thread may call it.
  public func cancel() {
    cancelled.signal()
  }
}

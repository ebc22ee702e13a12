internal import CLinux
internal import Glibc

/// Timer for an event loop: its descriptor is readable once it has expired. Used from one thread.
public final class Timer {
  /// The descriptor to wait for.
  public let descriptor: Descriptor

  /// A timer that is not set.
  public init() throws(SystemError) {
    let raw = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
    guard raw >= 0 else { throw SystemError("make a timer") }
    descriptor = Descriptor(owning: raw)
  }

  /// Sets the timer to expire once, after this number of nanoseconds; nil: never. The previous setting is replaced.
  public func set(after nanoseconds: UInt64?) {
    var setting = itimerspec()
    if let nanoseconds {
      // Zero would stop the timer, and what is beyond the clock's range is refused by the system.
      let wait = min(max(nanoseconds, 1), UInt64(Int64.max) / 2)
      setting.it_value = timespec(tv_sec: Int(wait / 1_000_000_000), tv_nsec: Int(wait % 1_000_000_000))
    }
    // Safe: the setting is only read during the call, which cannot fail with a timer and a time that are valid.
    unsafe timerfd_settime(descriptor.rawValue, 0, &setting, nil)
  }

  /// Acknowledges that it expired: the descriptor is no longer readable.
  public func acknowledge() {
    var count: UInt64 = 0
    // Safe: eight bytes are read into a local that has them; there may be none.
    _ = unsafe read(descriptor.rawValue, &count, 8)
  }
}

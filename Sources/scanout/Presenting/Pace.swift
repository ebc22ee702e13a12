import Display
import Glibc

/// Holds a source back so that its clock runs as fast as people's.
struct Pace {
  private let start: timespec

  /// Both clocks start now.
  init() {
    var now = timespec()
    // Safe: the structure is a local that the call fills.
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    start = now
  }

  /// Sleeps until the source's time has come; one that is past costs nothing and is not made up for.
  func wait(until time: DisplayTime) {
    let nanoseconds = start.tv_nsec + Int(time.nanoseconds % 1_000_000_000)
    var deadline = timespec(
      tv_sec: start.tv_sec + Int(time.nanoseconds / 1_000_000_000) + nanoseconds / 1_000_000_000,
      tv_nsec: nanoseconds % 1_000_000_000)
    // Safe: the structure is a local that the call reads; a signal may end the sleep early, which harms nothing.
    _ = unsafe clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil)
  }
}

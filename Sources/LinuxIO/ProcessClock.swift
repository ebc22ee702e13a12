internal import CLinux
internal import Glibc

/// Clock of the processor time of all threads of a process, in the program and in the kernel for it.
///
/// Unlike the time on the wall, it hardly depends on what else a machine does.
public struct ProcessClock: Sendable {
  private let clock: clockid_t

  /// The clock of this process.
  public static let own = ProcessClock(clock: CLOCK_PROCESS_CPUTIME_ID)

  private init(clock: clockid_t) {
    self.clock = clock
  }

  /// The clock of another process; nil when there is none of this number.
  public init?(of process: Int32) {
    // The largest that Linux gives: of a larger one, glibc makes some other clock.
    guard (1...1 << 22).contains(process) else { return nil }
    var clock = clockid_t()
    // Safe: one number is written to a local that lives across the call.
    guard unsafe clock_getcpuclockid(process, &clock) == 0 else { return nil }
    self.clock = clock
  }

  /// Nanoseconds since the process started; nil when it has ended.
  public var now: UInt64? {
    var time = timespec()
    // Safe: one structure is written to a local that lives across the call.
    guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

internal import CLinux
internal import Glibc

/// Ends this process when something that it calls does not return.
///
/// That is for code of others that may never come back, where nothing else would still be heard: neither the peer nor
/// the user who wants it to stop. The process ends by `SIGALRM`, with its ``CrashMessage``. One thread uses it at a time.
@safe
public final class Watchdog {
  // Safe: a number of the kernel's in the guise of a pointer, only handed back to it; the first is 0.
  private var timer: timer_t?
  private let patience: Int

  /// One that is patient for so many seconds, at least 1.
  public init(patience seconds: Int) throws(SystemError) {
    patience = max(1, seconds)
    // Safe: one handle is stored. Without more, the timer raises `SIGALRM`.
    guard unsafe timer_create(CLOCK_MONOTONIC, nil, &timer) == 0 else { throw SystemError("make a watchdog") }
  }

  deinit {
    // Safe: it was made by `timer_create`, and nobody has it any more.
    _ = unsafe timer_delete(timer)
  }

  /// Calls `body`, which has its time to return.
  public func watch<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    set(patience)
    defer { set(0) }
    return try body()
  }

  private func set(_ seconds: Int) {
    var time = itimerspec()
    time.it_value.tv_sec = seconds
    // Safe: the handle is valid, and the time is only read during the call.
    _ = unsafe timer_settime(timer, 0, &time, nil)
  }
}

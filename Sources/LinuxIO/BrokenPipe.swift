internal import Glibc

/// Handling of writes to a pipe or socket whose reader has left.
public enum BrokenPipe {
  /// Makes such a write fail with `EPIPE`, in the whole process, instead of ending it by `SIGPIPE`.
  ///
  /// Programs that this one starts inherit it, except through ``ChildProcess``.
  public static func ignoreSignal() {
    _ = signal(SIGPIPE, SIG_IGN)
  }
}

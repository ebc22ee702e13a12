internal import Glibc

extension SystemError {
  /// True when the call failed because a disk, a quota or the allowed size of a file is used up: what was written before
  /// is there, and once there is room, writing can go on.
  public var isDiskFull: Bool {
    code == ENOSPC || code == EDQUOT || code == EFBIG
  }
}

/// What happens to this process when a file reaches the size that is allowed (`ulimit -f`).
public enum FileSizeLimit {
  /// Makes such a write fail with `EFBIG`, in the whole process, instead of ending it by `SIGXFSZ`.
  public static func ignoreSignal() {
    _ = signal(SIGXFSZ, SIG_IGN)
  }
}

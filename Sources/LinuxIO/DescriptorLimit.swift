internal import Glibc

/// Limit of this process's descriptors.
public enum DescriptorLimit {
  /// Raises the limit as far as the system allows; when that fails, the limit stays.
  public static func raise() {
    var limit = rlimit()
    // Safe: the call fills the local it is given.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // Safe: the local is only read.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

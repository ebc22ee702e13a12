internal import Glibc

/// How many descriptors this process may have.
public enum DescriptorLimit {
  /// Raises it as far as the system lets a process do that by itself; what cannot be raised stays as it is.
  public static func raise() {
    var limit = rlimit()
    // Safe: the call fills the local it is given.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // Safe: the local is only read.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

internal import CLinux
internal import Glibc
internal import LinuxIO

/// Set of descriptors (epoll) with a descriptor of its own, which is readable while any descriptor of the set is.
struct ReadySet {
  /// The descriptor to wait for.
  let descriptor: Descriptor

  /// An empty set.
  init() throws(SystemError) {
    let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard raw >= 0 else { throw SystemError("make a set of descriptors", code: errno) }
    descriptor = Descriptor(owning: raw)
  }

  /// Adds a descriptor, which its owner keeps open until it is removed; a negative one is ignored. False when
  /// `epoll_ctl` fails.
  func add(_ raw: Int32) -> Bool {
    raw < 0 || clinux_epoll_set(descriptor.rawValue, raw, EPOLLIN.rawValue, UInt64(raw)) == 0
  }

  /// Removes a descriptor, before its owner closes it.
  func remove(_ raw: Int32) {
    _ = clinux_epoll_set(descriptor.rawValue, raw, 0, 0)
  }
}

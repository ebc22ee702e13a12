internal import CLinux
internal import Glibc
internal import LinuxIO

/// Many descriptors that are waited for as one, which is readable while any of them is.
struct ReadySet {
  /// What to wait for.
  let descriptor: Descriptor

  /// A set of none.
  init() throws(SystemError) {
    let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard raw >= 0 else { throw SystemError("make a set of descriptors", code: errno) }
    descriptor = Descriptor(owning: raw)
  }

  /// Adds a descriptor that somebody else owns; one below zero is none. False when the system has no room.
  func add(_ raw: Int32) -> Bool {
    raw < 0 || clinux_epoll_set(descriptor.rawValue, raw, EPOLLIN.rawValue, UInt64(raw)) == 0
  }

  /// Takes a descriptor out before its owner closes it.
  func remove(_ raw: Int32) {
    _ = clinux_epoll_set(descriptor.rawValue, raw, 0, 0)
  }
}

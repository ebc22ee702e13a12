internal import CLinux
internal import Glibc
internal import LinuxIO

/// Privileges that the process gives up.
enum Confinement {
  /// Keeps this process and those that it starts from gaining a privilege by executing a file (`PR_SET_NO_NEW_PRIVS`).
  static func dropPrivilegeGains() {
    clinux_no_new_privileges()
  }

  /// Sends this process SIGTERM when the program that started it as a `ChildProcess` ends.
  static func endWithParent() {
    clinux_end_with_parent(SIGTERM)
    // The parent may have ended before: then the other end of the socket between the two is closed.
    var socket = pollfd(fd: ChildProcess.socketNumber, events: 0, revents: 0)
    // Safe: one entry is read and written, a local that lives across the call.
    if unsafe poll(&socket, 1, 0) == 1 { kill(getpid(), SIGTERM) }
  }
}

internal import CLinux

/// Privileges that the process gives up.
enum Confinement {
  /// Keeps this process and those that it starts from gaining a privilege by executing a file (`PR_SET_NO_NEW_PRIVS`).
  static func dropPrivilegeGains() {
    clinux_no_new_privileges()
  }
}

internal import CLinux

/// What the process gives up.
enum Confinement {
  /// From now on neither this process nor one that it starts gains a privilege by executing a file (`PR_SET_NO_NEW_PRIVS`).
  static func dropPrivilegeGains() {
    clinux_no_new_privileges()
  }
}

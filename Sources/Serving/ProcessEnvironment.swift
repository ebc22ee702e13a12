internal import Glibc

/// Environment variables of the process.
public enum ProcessEnvironment {
  /// The value of a variable; nil when it is missing or empty.
  public static func value(_ name: String) -> String? {
    // Safe: the string is copied at once, and nothing here changes the environment.
    let value = unsafe getenv(name).map { unsafe String(cString: $0) }
    return value.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// True where no user sees windows: in continuous integration, which sets `CI` by convention, or without a display.
  public static var isUnattended: Bool {
    value("CI") != nil || (value("DISPLAY") == nil && value("WAYLAND_DISPLAY") == nil)
  }
}

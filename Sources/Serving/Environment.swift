internal import Glibc

/// The environment that the program was started in.
public enum Environment {
  /// The value of a variable; nil when it is not there or empty.
  public static func value(_ name: String) -> String? {
    // Safe: the string is copied at once, and nothing here changes the environment.
    let value = unsafe getenv(name).map { unsafe String(cString: $0) }
    return value.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// True where nobody looks at windows: in continuous integration, which sets `CI` by convention, or no display.
  public static var isUnattended: Bool {
    value("CI") != nil || (value("DISPLAY") == nil && value("WAYLAND_DISPLAY") == nil)
  }
}

internal import CSDL2
internal import CX11

/// SDL's video subsystem, initialised as long as the object lives. All windows of a process share it, on one thread.
final class SDLVideo {
  /// The drivers that draw into memory that is not displayed.
  private static let invisibleDrivers: Set<String> = ["dummy", "offscreen", "evdev"]

  /// The driver in use, by SDL's name: `x11`, `wayland`, `offscreen`.
  let driver: String
  /// What the user calls the display: the value of `DISPLAY` or `WAYLAND_DISPLAY`.
  let displayName: String
  /// The type of the event that wakes the thread which waits in SDL.
  let wakeEventType: UInt32

  /// True when a user may see the windows, and so may close them.
  var isVisible: Bool { !Self.invisibleDrivers.contains(driver) }

  /// Starts video output with the driver that the caller names, or else `SDL_VIDEODRIVER`, or else the display that
  /// `DISPLAY` or `WAYLAND_DISPLAY` names.
  ///
  /// By default SDL falls back to a driver that displays nothing, and takes over the console of a machine that has no
  /// display. Both surprise, so both must be asked for.
  init(driver requested: String?) throws(SDLError) {
    let displays = [("DISPLAY", "x11"), ("WAYLAND_DISPLAY", "wayland")].filter { Self.environment($0.0) != nil }
    let fromDisplays = displays.isEmpty ? nil : displays.map(\.1).joined(separator: ",")
    guard let drivers = requested ?? Self.environment("SDL_VIDEODRIVER") ?? fromDisplays else {
      throw SDLError(
        "no window can be opened: neither DISPLAY nor WAYLAND_DISPLAY names a display; set one of them, or set "
          + "SDL_VIDEODRIVER=offscreen to draw without a display")
    }
    Self.setHints(drivers: drivers)
    guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else {
      let found = displays.map { "\($0.0)=\(Self.environment($0.0) ?? "")" }.joined(separator: ", ")
      let reason = SDLError(cannot: "start the video driver \(drivers)")
      throw SDLError(
        "no window can be opened: \(reason) (\(found.isEmpty ? "DISPLAY is not set" : found)); start that display, or "
          + "set SDL_VIDEODRIVER to another driver, such as offscreen to draw without a display")
    }
    // Safe: the name is a constant of SDL's, or nil; it is copied at once.
    self.driver = unsafe SDL_GetCurrentVideoDriver().map { unsafe String(cString: $0) } ?? drivers
    displayName = Self.environment(driver == "wayland" ? "WAYLAND_DISPLAY" : "DISPLAY") ?? driver
    wakeEventType = SDL_RegisterEvents(1)
  }

  deinit {
    // Errors about windows that another program destroyed are handled before SDL ends.
    cx11_settle()
    SDL_QuitSubSystem(SDL_INIT_VIDEO)
  }

  /// Lets ``DisplayLoss`` handle the loss of an X display, and returns the descriptor of the connection to it; nil: the
  /// display is of another kind.
  func surviveDisplay() -> Int32? {
    guard driver == "x11" else { return nil }
    // Only a window knows its display. Safe: SDL copies the title, and the window is given back below.
    guard let window = unsafe SDL_CreateWindow("", 0, 0, 1, 1, SDL_WINDOW_HIDDEN.rawValue) else { return nil }
    // Safe: the window lives across the call.
    let descriptor = unsafe cx11_survive(window) { DisplayLoss.report() }
    // Safe: nothing else refers to the window.
    unsafe SDL_DestroyWindow(window)
    return descriptor < 0 ? nil : descriptor
  }

  /// The time between two frames of the fastest display, in milliseconds; at least 1.
  var frameInterval: UInt64 {
    var fastest: Int32 = 0
    for display in 0..<max(0, SDL_GetNumVideoDisplays()) {
      // Safe: the structure is all numbers and an opaque pointer that is not used.
      var mode = unsafe SDL_DisplayMode()
      // Safe: SDL fills a local structure.
      if unsafe SDL_GetCurrentDisplayMode(display, &mode) == 0 { fastest = unsafe max(fastest, mode.refresh_rate) }
    }
    return max(1, 1000 / UInt64(fastest > 0 ? fastest : 60))
  }

  private static func setHints(drivers: String) {
    // Safe: SDL copies both strings. The driver was chosen with the environment in mind, which must not win again.
    _ = unsafe SDL_SetHintWithPriority(SDL_HINT_VIDEODRIVER, drivers, SDL_HINT_OVERRIDE)
    let hints = [
      // The program watches for SIGTERM and SIGINT itself.
      (SDL_HINT_NO_SIGNAL_HANDLERS, "1"),
      // The owner of the windows decides whether the last one ends the program.
      (SDL_HINT_QUIT_ON_LAST_WINDOW_CLOSE, "0"),
      // The windows neither keep the screen saver off nor switch off the compositor.
      (SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1"),
      (SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0"),
    ]
    for (name, value) in hints {
      // Safe: SDL copies both strings.
      _ = unsafe SDL_SetHint(name, value)
    }
  }

  private static func environment(_ name: String) -> String? {
    // Safe: the string is copied at once, before anything could change the environment on this thread.
    let value = unsafe SDL_getenv(name).map { unsafe String(cString: $0) }
    return value.flatMap { $0.isEmpty ? nil : $0 }
  }
}

internal import Display
internal import DisplaySocket
internal import Glibc
internal import LinuxIO
internal import Logging
internal import SDLDisplay
internal import Text

/// Windows and other sinks of a run: the source runs on the thread of the caller, windows in a process of their own.
struct Presentation {
  /// The windows; nil: there are none.
  private let viewer: Viewer?
  /// The folder that the frames are written to, as the user named it.
  private let recording: String?
  private let log: Logger
  private let wake: @Sendable () -> Void

  /// Opens the display if `showsWindows` is true, or if there is no other sink. `name` is the prefix of the windows' titles;
  /// `recording` is the folder that the frames are written to, as the user named it; `wake` is that of the display source.
  init(
    name: String, showsWindows: Bool, hasOtherSinks: Bool, recording: String?, whenFinished: SDLWindows.WhenFinished,
    log: Logger, wake: @escaping @Sendable () -> Void = {}
  ) throws {
    self.wake = wake
    self.recording = recording
    self.log = log
    guard showsWindows || !hasOtherSinks else {
      viewer = nil
      return
    }
    do {
      viewer = try Viewer(name: name, whenFinished: whenFinished)
    } catch {
      if showsWindows { throw error }
      throw MissingSink(reason: "\(error)")
    }
  }

  /// Runs `source` to its end with `sink` and the windows, and ends the sinks.
  ///
  /// `source` gets the display source to emit into. `onWindowsEnded` is called when the windows have ended before the
  /// source, on a thread of its own. An error of the source or of a sink is thrown here.
  func run(
    _ sink: (any DisplaySink)?, onWindowsEnded: @escaping @Sendable (Viewer.Ending) -> Void,
    source: @escaping (DisplaySource) throws -> Void
  ) throws {
    let display = DisplaySource(wake: wake)
    let log = log
    if let sink { try display.add(sink, named: "dump", policy: .required) }
    guard let viewer else { return try Self.play(source, into: display) }
    display.onDrop = { name, reason in log.debug("the \(name) is no longer shown: \(reason)") }
    try display.add(viewer.sink, named: "window", policy: .optional)
    viewer.whenEnded { ending in
      switch ending {
      case .closed: log.info("the windows were closed")
      // Of the terminal: it ends this program as well.
      case .killed(SIGINT): break
      case .killed(let signal): log.warning("signal \(signal) killed the process of the windows")
      case .displayLost: log.warning("the display is gone, and the windows with it")
      case .failed: break
      }
      onWindowsEnded(ending)
    }
    do {
      try Self.play(source, into: display) { viewer.whenEnded(nil) }
    } catch {
      // The windows do not stay open after an error.
      viewer.stop()
      throw error
    }
    // Windows whose sink was dropped were not told of the end yet.
    viewer.sink.finish()
    if viewer.wait() == .displayLost {
      throw LostDisplay(name: viewer.displayName, recording: recording)
    }
  }

  /// Runs the source and finishes the sinks; `onSourceEnd` is called between the two.
  private static func play(
    _ source: (DisplaySource) throws -> Void, into display: DisplaySource, onSourceEnd: () -> Void = {}
  ) throws {
    do {
      defer { onSourceEnd() }
      try source(display)
    } catch {
      // The first error is the one to report; the sinks end all the same.
      try? display.finish()
      throw error
    }
    try display.finish()
  }

  /// Error of a display that was lost while it showed windows. What was recorded until the end of the run is whole.
  struct LostDisplay: Error, CustomStringConvertible {
    let name: String
    let recording: String?
    var description: String {
      "the display \(name.printable) is gone"
        + (recording.map { "; every frame in \($0.printable) is whole" } ?? "")
    }
  }

  /// Error of a run without a sink: no option names one, and there is no display for windows.
  struct MissingSink: Error, CustomStringConvertible {
    let reason: String
    var description: String {
      Self.namesDisplay
        ? "\(reason); or add --dump FOLDER to write the frames"
        : "no display: add --dump FOLDER, or set DISPLAY or WAYLAND_DISPLAY"
    }

    /// True when the environment names a display, so that its error is the reason to report.
    private static var namesDisplay: Bool {
      ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"].contains { ProcessEnvironment.value($0) != nil }
    }
  }
}

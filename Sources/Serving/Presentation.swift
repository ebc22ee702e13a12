internal import Display
internal import Glibc
internal import LinuxIO
internal import Logging
internal import SDLDisplay
internal import Synchronization
internal import Text

/// Windows and other sinks of a run: the source runs on the thread of the caller, windows on a thread of their own.
struct Presentation {
  /// Prefix of the windows' titles.
  let name: String
  /// Thread of the windows; nil: there are none.
  private let windows: WindowThread?
  /// The folder that the frames are written to, as the user named it.
  private let recording: String?
  private let log: Logger
  private let wake: @Sendable () -> Void

  /// State of the windows, which a source can observe.
  final class WindowState: Sendable {
    private let onClose = Mutex<(@Sendable () -> Void)?>(nil)
    private let onLoss = Mutex<(@Sendable () -> Void)?>(nil)
    private let closed = Atomic<Bool>(false)
    private let lost = Atomic<Bool>(false)

    /// True when the last window was closed.
    var isClosed: Bool { closed.load(ordering: .acquiring) }

    /// Calls `body` when the last window is closed, on the windows' thread; at once if that has happened.
    func whenClosed(_ body: @escaping @Sendable () -> Void) {
      onClose.withLock { $0 = body }
      if isClosed { body() }
    }

    /// Calls `body` when the display is lost, on the windows' thread; at once if that has happened. It counts as the
    /// closing of the last window as well.
    func whenDisplayIsLost(_ body: @escaping @Sendable () -> Void) {
      onLoss.withLock { $0 = body }
      if lost.load(ordering: .acquiring) { body() }
    }

    fileprivate func close() {
      closed.store(true, ordering: .releasing)
      onClose.withLock { $0 }?()
    }

    fileprivate func loseDisplay() {
      lost.store(true, ordering: .releasing)
      onLoss.withLock { $0 }?()
      close()
    }
  }

  /// Opens the display if `showsWindows` is true, or if there is no other sink. `recording` is the folder that the
  /// frames are written to, as the user named it; `wake` is that of the display source.
  init(
    name: String, showsWindows: Bool, hasOtherSinks: Bool, recording: String?, whenFinished: SDLWindows.WhenFinished,
    log: Logger, wake: @escaping @Sendable () -> Void = {}
  ) throws {
    self.wake = wake
    self.name = name
    self.recording = recording
    self.log = log
    guard showsWindows || !hasOtherSinks else {
      windows = nil
      return
    }
    do {
      windows = try WindowThread(SDLWindows.Options(name: name, whenFinished: whenFinished))
    } catch {
      if showsWindows { throw error }
      throw MissingSink(reason: "\(error)")
    }
  }

  /// Runs `source` to its end with `sink` and the windows, and ends the sinks.
  ///
  /// `source` gets the display source to emit into, and the state of the windows. An error of the source or of a sink
  /// is thrown here.
  func run(
    _ sink: (any DisplaySink)?, source: @escaping (DisplaySource, WindowState) throws -> Void
  ) throws {
    let windowState = WindowState()
    let log = log
    let display = DisplaySource(wake: wake)
    display.onDrop = { name, reason in log.info("the \(name) is no longer shown: \(reason)") }
    if let sink { try display.add(sink, named: "dump", policy: .required) }
    guard let windows else { return try Self.play(source, into: display, windowState) }
    try display.add(windows.sink, named: "window", policy: .optional)
    windows.start(
      WindowThread.EndHandler { outcome in
        switch outcome {
        case .success(.closed): windowState.close()
        case .success(.displayLost): windowState.loseDisplay()
        case .success(.finished), .success(.stopped): break
        case .failure(let error):
          // There are no windows any more, but the other sinks go on to their end.
          log.error("\(error)")
          windowState.close()
        }
      })
    do {
      try Self.play(source, into: display, windowState)
    } catch {
      // The windows do not stay open after an error.
      windows.sink.stop()
      _ = windows.wait()
      throw error
    }
    // Windows whose sink was dropped were not told of the end yet.
    windows.sink.finish()
    if try windows.wait().get() == .displayLost {
      throw LostDisplay(name: windows.displayName, recording: recording)
    }
  }

  private static func play(
    _ source: (DisplaySource, WindowState) throws -> Void, into display: DisplaySource, _ windowState: WindowState
  ) throws {
    do {
      try source(display, windowState)
    } catch {
      // The first error is the one to report; the sinks end all the same.
      try? display.finish()
      throw error
    }
    try display.finish()
  }

  /// Error of a display that was lost while it showed windows; the recording is complete.
  struct LostDisplay: Error, CustomStringConvertible {
    let name: String?
    let recording: String?
    var description: String {
      "the display \(name.map { $0.printable + " " } ?? "")is gone"
        + (recording.map { "; the recording in \($0.printable) is complete" } ?? "")
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

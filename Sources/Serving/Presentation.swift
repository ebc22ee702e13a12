internal import Display
internal import Glibc
internal import LinuxIO
internal import Logging
internal import SDLDisplay
internal import Synchronization
internal import Text

/// Runs a source with the sinks that were asked for: the source on the thread of the caller, windows on one of their own.
struct Presentation {
  /// What the windows' titles begin with.
  let name: String
  /// The windows; nil: nobody looks.
  private let windows: WindowThread?
  /// The folder that the frames are written to, as the user named it.
  private let recording: String?
  private let log: Logger
  private let wake: @Sendable () -> Void

  /// What a source is told by whoever looks at it.
  final class Audience: Sendable {
    private let onLeave = Mutex<(@Sendable () -> Void)?>(nil)
    private let onLoss = Mutex<(@Sendable () -> Void)?>(nil)
    private let left = Atomic<Bool>(false)
    private let lost = Atomic<Bool>(false)

    /// True when the last window was closed.
    var hasLeft: Bool { left.load(ordering: .acquiring) }

    /// Calls `body` when the last window is closed, on the windows' thread; at once if that has happened.
    func whenGone(_ body: @escaping @Sendable () -> Void) {
      onLeave.withLock { $0 = body }
      if hasLeft { body() }
    }

    /// Calls `body` when the display is lost, on the windows' thread; at once if that has happened. It counts as the
    /// closing of the last window as well.
    func whenDisplayIsLost(_ body: @escaping @Sendable () -> Void) {
      onLoss.withLock { $0 = body }
      if lost.load(ordering: .acquiring) { body() }
    }

    fileprivate func leave() {
      left.store(true, ordering: .releasing)
      onLeave.withLock { $0 }?()
    }

    fileprivate func loseDisplay() {
      lost.store(true, ordering: .releasing)
      onLoss.withLock { $0 }?()
      leave()
    }
  }

  /// Opens the display when `showsWindows` asks for it, or when nothing else was asked for: then there must be one. `recording`
  /// is the folder that the frames are written to, as the user named it; `wake` is the display source's.
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
      throw NoSink(reason: "\(error)")
    }
  }

  /// Runs `source` to its end with `sink` and the windows, and ends the sinks.
  ///
  /// `source` gets the display source to emit into and the audience to listen to; an error of it, or of a sink, is thrown here.
  func run(
    _ sink: (any DisplaySink)?, source: @escaping (DisplaySource, Audience) throws -> Void
  ) throws {
    let audience = Audience()
    let log = log
    let display = DisplaySource(wake: wake)
    display.onDrop = { name, reason in log.info("the \(name) is no longer shown: \(reason)") }
    if let sink { try display.add(sink, named: "dump", policy: .required) }
    guard let windows else { return try Self.play(source, into: display, audience) }
    try display.add(windows.sink, named: "window", policy: .optional)
    windows.start(
      WindowThread.Listener { outcome in
        switch outcome {
        case .success(.closed): audience.leave()
        case .success(.displayLost): audience.loseDisplay()
        case .success(.finished), .success(.stopped): break
        case .failure(let error):
          // Nobody looks any more, but what else was asked for is brought to its end.
          log.error("\(error)")
          audience.leave()
        }
      })
    do {
      try Self.play(source, into: display, audience)
    } catch {
      // What the windows show last is of no use.
      windows.sink.stop()
      _ = windows.wait()
      throw error
    }
    // Windows whose sink was dropped have not heard of the end yet.
    windows.sink.finish()
    if try windows.wait().get() == .displayLost {
      throw LostDisplay(name: windows.displayName, recording: recording)
    }
  }

  private static func play(
    _ source: (DisplaySource, Audience) throws -> Void, into display: DisplaySource, _ audience: Audience
  ) throws {
    do {
      try source(display, audience)
    } catch {
      // The first error is the one to report; the sinks end all the same.
      try? display.finish()
      throw error
    }
    try display.finish()
  }

  /// The display went away while it showed windows; the frames were written to their end.
  struct LostDisplay: Error, CustomStringConvertible {
    let name: String?
    let recording: String?
    var description: String {
      "the display \(name.map { $0.printable + " " } ?? "")is gone"
        + (recording.map { "; the recording in \($0.printable) is complete" } ?? "")
    }
  }

  /// Nothing was asked for, and there is no display to fall back on.
  struct NoSink: Error, CustomStringConvertible {
    let reason: String
    var description: String {
      Self.namesDisplay
        ? "\(reason); or add --dump FOLDER to write the frames"
        : "no display: add --dump FOLDER, or set DISPLAY or WAYLAND_DISPLAY"
    }

    /// True when the user meant some display, so that what is wrong with it matters.
    private static var namesDisplay: Bool {
      ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"].contains { Environment.value($0) != nil }
    }
  }

}

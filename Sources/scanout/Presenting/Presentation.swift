import Display
import LinuxIO
import Logging
import SDLDisplay
import Synchronization

/// Runs a source with the sinks that were asked for: windows on the main thread, the source on its own when there are
/// windows, and otherwise on the main thread as well.
struct Presentation {
  /// What the windows' titles begin with.
  let name: String
  /// The windows; nil: nobody looks.
  private let windows: SDLWindows?
  private let log: Logger

  /// What a source is told by whoever looks at it.
  final class Audience: Sendable {
    private let onLeave = Mutex<(@Sendable () -> Void)?>(nil)
    private let onRequest = Mutex<(@Sendable (DisplayRequest, ScanoutID) -> Void)?>(nil)
    private let left = Atomic<Bool>(false)

    /// True when the last window was closed.
    var hasLeft: Bool { left.load(ordering: .acquiring) }

    /// Calls `body` when the last window is closed, on the windows' thread; at once if that has happened.
    func whenGone(_ body: @escaping @Sendable () -> Void) {
      onLeave.withLock { $0 = body }
      if hasLeft { body() }
    }

    /// Calls `body` when somebody asks something of a scanout, on the windows' thread; what was asked before is lost.
    func whenAsking(_ body: @escaping @Sendable (DisplayRequest, ScanoutID) -> Void) {
      onRequest.withLock { $0 = body }
    }

    fileprivate func ask(_ request: DisplayRequest, of scanout: ScanoutID) {
      onRequest.withLock { $0 }?(request, scanout)
    }

    fileprivate func leave() {
      left.store(true, ordering: .releasing)
      onLeave.withLock { $0 }?()
    }
  }

  /// Opens the display when `window` asks for it, or when nothing else was asked for: then there must be one.
  init(
    name: String, window: Bool, hasOtherSinks: Bool, whenFinished: SDLWindows.WhenFinished, log: Logger
  ) throws {
    self.name = name
    self.log = log
    guard window || !hasOtherSinks else {
      windows = nil
      return
    }
    do {
      windows = try SDLWindows(SDLWindows.Options(name: name, whenFinished: whenFinished))
    } catch {
      if window { throw error }
      throw NoSink(reason: "\(error)")
    }
  }

  /// Runs `source` to its end with `sink` and the windows, and ends the sinks.
  ///
  /// `source` gets the sink to feed and the audience to listen to; an error of it, or of a sink, is thrown here.
  func run(
    _ sink: (any DisplaySink)?, source: @escaping (any DisplaySink, Audience) throws -> Void
  ) throws {
    let audience = Audience()
    let log = log
    let fanOut = FanOut { name, reason in log.info("the \(name) is no longer shown: \(reason)") }
    if let sink { fanOut.add(sink, named: "dump", policy: .required) }
    guard let windows else { return try Self.play(source, into: fanOut, audience) }
    fanOut.add(windows.sink, named: "window", policy: .optional)
    windows.onRequest = { audience.ask($0, of: $1) }
    let outcome = Outcome()
    let work = Handover { try Self.play(source, into: fanOut, audience) }
    let window = windows.sink
    let thread = try NamedThread("source") {
      outcome.error.withLock { $0 = Self.failure(of: work.body) }
      // When it failed, what the windows show last is of no use. When it did not, windows whose sink was dropped have
      // not heard of the end yet.
      if outcome.error.withLock({ $0 != nil }) { window.stop() } else { window.finish() }
    }
    var failure: SDLError?
    do throws(SDLError) {
      if case .closed = try windows.run() { audience.leave() }
    } catch {
      // Nobody looks any more, but what else was asked for is brought to its end.
      log.error("\(error)")
      failure = error
      audience.leave()
    }
    thread.join()
    if let error = outcome.error.withLock({ $0 }) ?? failure { throw error }
  }

  private static func failure(of body: () throws -> Void) -> (any Error)? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }

  private static func play(
    _ source: (any DisplaySink, Audience) throws -> Void, into fanOut: FanOut, _ audience: Audience
  ) throws {
    do {
      try source(fanOut, audience)
    } catch {
      // The first error is the one to report; the sinks end all the same.
      try? fanOut.finish()
      throw error
    }
    try fanOut.finish()
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

  private final class Outcome: Sendable {
    let error = Mutex<(any Error)?>(nil)
  }

  /// Work that one thread makes and another one does.
  private struct Handover: @unchecked Sendable {
    // Safe: the maker does not touch what the closure captured until the thread was joined.
    let body: () throws -> Void
  }
}

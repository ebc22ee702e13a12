internal import CSDL2
public import Display

/// Windows of a display source, one for each scanout that shows something.
///
/// Windows belong to one thread: the one that makes this object, runs it and lets it go. The source's thread meanwhile feeds
/// ``sink``, which never waits for a window:
///
/// ```swift
/// let windows = try SDLWindows(.init(name: "demo"))
/// source.addLater(windows.sink, named: "window", policy: .optional)
/// _ = try windows.run()
/// ```
public final class SDLWindows {
  /// How windows look and when they end.
  public struct Options: Sendable {
    /// What the titles begin with.
    public var name: String
    /// What happens when the source has ended.
    public var whenFinished: WhenFinished
    /// The video driver, by SDL's name; nil: what the environment says.
    public var videoDriver: String?
    /// Called when the server of an X display went away, or closed the connection: on the windows' thread, from inside Xlib.
    /// After that the thread stands still for ever, so the program is ended by other threads. Nil: Xlib ends the process,
    /// with 1.
    public var onDisplayLost: (@Sendable () -> Void)?
    /// True: draws without a GPU even if there is one.
    package var isSoftware = false

    /// The options.
    public init(
      name: String = "", whenFinished: WhenFinished = .close, videoDriver: String? = nil,
      onDisplayLost: (@Sendable () -> Void)? = nil
    ) {
      self.onDisplayLost = onDisplayLost
      self.name = name
      self.whenFinished = whenFinished
      self.videoDriver = videoDriver
    }
  }

  /// What happens when the source has ended.
  public enum WhenFinished: Sendable {
    /// The last frames are drawn, then the windows close.
    case close
    /// The last frames stay until the user closes the windows.
    case stayOpen
  }

  /// Why the windows closed.
  public enum Ending: Sendable {
    /// The user closed the last of them, or asked the program to quit.
    case closed
    /// The source ended.
    case finished
    /// ``WindowSink/stop()`` was called.
    case stopped
    /// The display server went away. SDL is of no use any more in this process. On an X display ``run()`` does not return
    /// then; see ``Options/onDisplayLost``.
    case displayLost
  }

  /// The sink to add to a source. A window that its user resized asks that source for a frame of its own size, once the user
  /// has let go of it. One that follows its guest's size asks for nothing.
  public let sink: WindowSink
  /// Called on the windows' thread when the user closed a scanout's window.
  public var onClose: ((ScanoutID) -> Void)?
  /// How often a window was drawn and presented: a figure for tests and statistics.
  public private(set) var presentations: UInt64 = 0

  let video: SDLVideo
  var windows: [ScanoutID: ScanoutWindow] = [:]
  var input = WindowInput()
  var isQuitting = false
  /// True when a Wayland compositor went away.
  var hasLostDisplay = false
  /// The connection to an X display.
  private let connection: Int32?
  private let options: Options
  private var hadWindow = false
  private var nextDrawing: UInt64 = 0

  /// Connects to the display; no window opens before a scanout shows something.
  ///
  /// Throws a sentence that names `DISPLAY` and `SDL_VIDEODRIVER` when there is no display.
  public init(_ options: Options = Options()) throws(SDLError) {
    self.options = options
    video = try SDLVideo(driver: options.videoDriver)
    DisplayLoss.setHandler(options.onDisplayLost)
    connection = video.surviveDisplay()
    sink = WindowSink(waker: try Waker(eventType: video.wakeEventType))
  }

  /// The name of the display that the windows are on, such as `:0`.
  public var displayName: String { video.displayName }

  deinit {
    // The source's thread may live on; it must not wake an SDL that is gone.
    sink.end()
  }

  /// True when there is a display that a user may see. Connects to it and disconnects again; main thread only.
  public static func isDisplayAvailable() -> Bool {
    (try? SDLVideo(driver: nil))?.isVisible ?? false
  }

  /// Shows windows until the user closed them all, the source has ended or ``WindowSink/stop()`` is called; then closes
  /// what is still open. Called once.
  ///
  /// Sleeps while nothing happens, and draws at most as often as the display does. Throws when a window cannot be opened.
  public func run() throws(SDLError) -> Ending {
    defer {
      sink.end()
      // Safe: this is the thread that the windows belong to.
      if hasLostDisplay { unsafe Self.abandoned += [video] + Array(windows.values) }
      windows = [:]
    }
    do throws(SDLError) {
      return try show()
    } catch {
      // The loss of the display is the reason why SDL failed.
      if hasLostDisplay { return .displayLost }
      throw error
    }
  }

  /// Keeps the objects whose release would speak to a display that is gone. Used on the windows' thread.
  nonisolated(unsafe) private static var abandoned: [AnyObject] = []

  private func show() throws(SDLError) -> Ending {
    while true {
      handleEvents()
      if hasLostDisplay { return .displayLost }
      passRequests()
      let signals = sink.signals
      if signals.isStopped { return .stopped }
      let isOver = signals.isFinished && options.whenFinished == .close
      let now = SDL_GetTicks64()
      let hasWork = signals.hasChanges || windows.values.contains { $0.needsDrawing && !$0.isMinimised }
      if hasWork, isOver || now >= nextDrawing {
        try draw()
        nextDrawing = now + video.frameInterval
      }
      if let ending = ending(signals) { return ending }
      if !hasWork {
        wait(windows.values.compactMap(\.settlesAt).min().map { $0 - min(now, $0) }, knowing: signals)
      } else if now < nextDrawing {
        wait(nextDrawing - now, knowing: signals)
      }
    }
  }

  /// Draws what changed, each window once.
  package func draw() throws(SDLError) {
    for scanout in sink.takeChanges() where windows[scanout] == nil {
      guard let size = sink.size(of: scanout) else { continue }
      windows[scanout] = try ScanoutWindow(
        scanout: scanout, name: sink.name ?? options.name, image: size, neighbour: neighbour(of: scanout),
        software: options.isSoftware, video: video)
      hadWindow = true
    }
    for (_, window) in windows.sorted(by: { $0.key < $1.key }) where window.draw(from: sink) {
      presentations += 1
    }
  }

  /// Sends the pending resizes of windows that their users have let go of.
  package func passRequests() {
    let now = SDL_GetTicks64()
    for (scanout, window) in windows.sorted(by: { $0.key < $1.key }) {
      if let size = window.takeResize(at: now) { sink.request(.resize(size), of: scanout) }
    }
  }

  /// The window of the scanout before this one.
  private func neighbour(of scanout: ScanoutID) -> ScanoutWindow? {
    windows.filter { $0.key < scanout }.max { $0.key < $1.key }?.value
  }

  /// What the window of a scanout shows, bars included. Reliable with the software renderer only: others forget an
  /// image when they have presented it.
  package func pixels(of scanout: ScanoutID) throws -> Surface? {
    try windows[scanout]?.pixels()
  }

  /// SDL's number for the window of a scanout; nil: it has none.
  package func windowID(of scanout: ScanoutID) -> UInt32? {
    windows[scanout]?.id
  }

  private func ending(_ signals: WindowSink.Signals) -> Ending? {
    if isQuitting || (hadWindow && windows.isEmpty) { return .closed }
    guard signals.isFinished else { return nil }
    for window in windows.values where !window.isEnded { window.isEnded = true }
    return options.whenFinished == .close || windows.isEmpty ? .finished : nil
  }

  /// Waits until a signal is raised that is not in `signals`, or until the time is over; nil: there is no limit.
  private func wait(_ milliseconds: UInt64?, knowing signals: WindowSink.Signals) {
    // No user can do anything with an invisible window, and SDL's drivers for those can only poll.
    let method: Waker.WaitMethod =
      connection.map { .connection($0) } ?? (video.isVisible && !windows.isEmpty ? .events : .semaphore)
    if sink.prepareWait(by: method, knowing: signals) {
      sink.waker.wait(by: method, milliseconds: milliseconds)
    }
  }
}

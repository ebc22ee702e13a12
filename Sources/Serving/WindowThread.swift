internal import Display
internal import LinuxIO
internal import SDLDisplay
internal import Synchronization

/// Thread of the windows. It is not the main thread, because a thread that uses a display cannot go on when the display
/// is lost: that thread is abandoned, and the program ends without it.
final class WindowThread: Sendable {
  /// How the windows ended, or their error.
  typealias WindowResult = Result<SDLWindows.Ending, SDLError>

  /// Handler of the windows' end, called on their thread, which it must not block.
  struct EndHandler: Sendable {
    /// Called once, when there are no windows any more.
    let onEnd: @Sendable (WindowResult) -> Void
  }

  private enum Opening: Sendable {
    case opened(WindowSink, display: String)
    case failed(SDLError)
    case lost
  }

  /// State that is shared by the windows' thread and its owner.
  private final class WindowChannel: Sendable {
    let openings = BoundedQueue<Opening>(capacity: 2)
    /// Closed without a handler when the windows are never started.
    let handlers = BoundedQueue<EndHandler>(capacity: 1)
    let outcomes = BoundedQueue<WindowResult>(capacity: 2)
    let handler = Mutex<EndHandler?>(nil)
    let sink = Mutex<WindowSink?>(nil)

    func lose() {
      openings.push(.lost)
      sink.withLock { $0 }?.abandon()
      end(.success(.displayLost))
    }

    func end(_ outcome: WindowResult) {
      handler.withLock { $0 }?.onEnd(outcome)
      outcomes.push(outcome)
    }
  }

  /// Display sink of the windows.
  let sink: WindowSink
  /// Name of the display for messages: the value of `DISPLAY` or `WAYLAND_DISPLAY`, or else the name of SDL's driver.
  let displayName: String
  private let channel = WindowChannel()
  private let thread: NamedThread

  /// Connects to the display; no window opens before ``start(_:)``.
  init(_ options: SDLWindows.Options) throws {
    var options = options
    options.onDisplayLost = { [channel] in channel.lose() }
    thread = try NamedThread("windows") { [options, channel] in
      let outcome: WindowResult
      do throws(SDLError) {
        outcome = .success(try Self.show(options, channel))
      } catch {
        outcome = .failure(error)
        channel.openings.push(.failed(error))
      }
      // The windows are closed by now, so that no display can be lost any more.
      channel.end(outcome)
    }
    switch channel.openings.pop() {
    case .opened(let sink, let display):
      self.sink = sink
      displayName = display
    case .failed(let error):
      thread.join()
      throw error
    case .lost, nil:
      throw DisplayWasLost()
    }
  }

  deinit {
    // The windows were never started.
    guard channel.handler.withLock({ $0 == nil }) else { return }
    channel.handlers.close()
    _ = wait()
  }

  /// Shows windows from now on. Called once.
  func start(_ handler: EndHandler) {
    channel.handler.withLock { $0 = handler }
    channel.handlers.push(handler)
  }

  /// Waits until there are no windows any more. Called once.
  func wait() -> WindowResult {
    let outcome = channel.outcomes.pop() ?? .success(.stopped)
    if case .success(.displayLost) = outcome { return outcome }
    thread.join()
    return outcome
  }

  /// Error of a display that was lost while it was being opened.
  private struct DisplayWasLost: Error, CustomStringConvertible {
    let description = "no window can be opened: the display is gone"
  }

  private static func show(
    _ options: SDLWindows.Options, _ channel: WindowChannel
  ) throws(SDLError) -> SDLWindows.Ending {
    let windows = try SDLWindows(options)
    channel.sink.withLock { $0 = windows.sink }
    windows.onClose = { [sink = windows.sink] in sink.request(.close, of: $0) }
    channel.openings.push(.opened(windows.sink, display: windows.displayName))
    guard channel.handlers.pop() != nil else { return .stopped }
    return try windows.run()
  }
}

internal import Display
internal import LinuxIO
internal import SDLDisplay
internal import Synchronization

/// The thread of the windows. It is not the main one, for a lost display takes the thread along that speaks to it: that
/// thread is left behind, and the program comes to its end without it.
final class WindowThread: Sendable {
  /// How the windows ended.
  typealias Outcome = Result<SDLWindows.Ending, SDLError>

  /// Who hears of the windows, on their thread, which must not be held up.
  struct Listener: Sendable {
    /// There are no windows any more.
    let onEnd: @Sendable (Outcome) -> Void
  }

  private enum Opening: Sendable {
    case opened(WindowSink, display: String)
    case failed(SDLError)
    case lost
  }

  /// What both threads have.
  private final class Shared: Sendable {
    let openings = BoundedQueue<Opening>(capacity: 2)
    /// Closed without a listener when the windows are not wanted after all.
    let listeners = BoundedQueue<Listener>(capacity: 1)
    let outcomes = BoundedQueue<Outcome>(capacity: 2)
    let listener = Mutex<Listener?>(nil)
    let sink = Mutex<WindowSink?>(nil)

    func lose() {
      openings.push(.lost)
      sink.withLock { $0 }?.abandon()
      end(.success(.displayLost))
    }

    func end(_ outcome: Outcome) {
      listener.withLock { $0 }?.onEnd(outcome)
      outcomes.push(outcome)
    }
  }

  /// What feeds the windows.
  let sink: WindowSink
  /// What the user calls the display.
  let displayName: String
  private let exchange = Shared()
  private let thread: NamedThread

  /// Connects to the display; no window opens before ``start(_:)``.
  init(_ options: SDLWindows.Options) throws {
    var options = options
    options.onDisplayLost = { [exchange] in exchange.lose() }
    thread = try NamedThread("windows") { [options, exchange] in
      let outcome: Outcome
      do throws(SDLError) {
        outcome = .success(try Self.show(options, exchange))
      } catch {
        outcome = .failure(error)
        exchange.openings.push(.failed(error))
      }
      // The windows are closed by now, so that no display can be lost any more.
      exchange.end(outcome)
    }
    switch exchange.openings.pop() {
    case .opened(let sink, let display):
      self.sink = sink
      displayName = display
    case .failed(let error):
      thread.join()
      throw error
    case .lost, nil:
      throw Presentation.LostDisplay(name: nil, recording: nil)
    }
  }

  deinit {
    // Windows that nobody wants after all.
    guard exchange.listener.withLock({ $0 == nil }) else { return }
    exchange.listeners.close()
    _ = wait()
  }

  /// Shows windows from now on. Called once.
  func start(_ listener: Listener) {
    exchange.listener.withLock { $0 = listener }
    exchange.listeners.push(listener)
  }

  /// Waits until there are no windows any more. Called once.
  func wait() -> Outcome {
    let outcome = exchange.outcomes.pop() ?? .success(.stopped)
    if case .success(.displayLost) = outcome { return outcome }
    thread.join()
    return outcome
  }

  private static func show(_ options: SDLWindows.Options, _ exchange: Shared) throws(SDLError) -> SDLWindows.Ending {
    let windows = try SDLWindows(options)
    exchange.sink.withLock { $0 = windows.sink }
    exchange.openings.push(.opened(windows.sink, display: windows.displayName))
    guard exchange.listeners.pop() != nil else { return .stopped }
    return try windows.run()
  }
}

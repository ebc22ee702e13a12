internal import Display
internal import DisplaySocket
internal import Glibc
internal import LinuxIO
internal import SDLDisplay
internal import Synchronization
internal import Text

/// Windows in a process of their own: a child that runs `scanout view`, and the display sink that sends frames to it.
///
/// What happens to that process, or to the display that it uses, costs the windows and nothing else.
final class Viewer: Sendable {
  /// How the windows ended.
  enum Ending: Equatable, Sendable {
    /// The user closed the last of them, or the source has ended.
    case closed
    /// The display is gone.
    case displayLost
    /// A signal killed the process.
    case killed(signal: Int32)
    /// The process gave up, and has said why.
    case failed
  }

  /// How long the process may take to open the display, in milliseconds.
  private static let startTimeout: Int32 = 60_000
  /// How long the process may take to draw the last frames and end, in milliseconds.
  private static let endTimeout: Int32 = 5_000

  /// Name of the display for messages: the value of `DISPLAY` or `WAYLAND_DISPLAY`, or else the name of SDL's driver.
  let displayName: String
  /// Display sink of the windows.
  let sink: DisplaySocketSink
  private let process: ChildProcess
  private let staysOpen: Bool
  private let watch: NamedThread
  private let state: Shared

  /// What the thread that waits for the end of the process shares.
  private final class Shared: Sendable {
    private struct State {
      var ending: Ending?
      /// Taken out when it is called.
      var handler: (@Sendable (Ending) -> Void)?

      mutating func takeCall() -> (@Sendable () -> Void)? {
        guard let ending, let handler else { return nil }
        self.handler = nil
        return { handler(ending) }
      }
    }

    private let state = Mutex(State())

    func end(_ ending: Ending) {
      let call = state.withLock { state in
        state.ending = ending
        return state.takeCall()
      }
      call?()
    }

    func setHandler(_ body: (@Sendable (Ending) -> Void)?) {
      let call = state.withLock { state in
        state.handler = body
        return state.takeCall()
      }
      call?()
    }
  }

  /// Starts the process, and returns when it has opened the display; no window opens before a scanout shows something.
  /// Throws a sentence when there is no display.
  init(name: String, whenFinished: SDLWindows.WhenFinished) throws {
    let (near, far) = try UnixSocket.makePair()
    staysOpen = whenFinished == .stayOpen
    let process = try ChildProcess(
      "/proc/self/exe", ["view", "--fd", "\(ChildProcess.socketNumber)"] + (staysOpen ? ["--keep-open"] : []),
      socket: far)
    self.process = process
    displayName = try Self.receiveGreeting(near, process)
    var options = DisplaySocketSink.Options()
    options.name = name
    options.features = .surfaces
    sink = try DisplaySocketSink(near.descriptor, options: options)
    let state = Shared()
    self.state = state
    watch = try NamedThread("viewer", takesSignals: false) {
      _ = try? process.end.wait(for: .readable, timeoutMilliseconds: -1)
      state.end(Self.ending(of: process))
    }
  }

  deinit {
    // A process that was not waited for is of no use any more.
    process.send(SIGKILL)
    watch.join()
  }

  /// Calls `body` once, when the windows have ended, on a thread of its own; at once if that has happened. Nil: nobody has to
  /// be told any more.
  func whenEnded(_ body: (@Sendable (Ending) -> Void)?) {
    state.setHandler(body)
  }

  /// Waits until the windows have ended, after the sink has finished: those that stay open, until the user closes them. A
  /// process that does not end otherwise is killed.
  func wait() -> Ending {
    let timeout = staysOpen ? -1 : Self.endTimeout
    guard (try? process.end.wait(for: .readable, timeoutMilliseconds: timeout)) == true else {
      stop()
      return .closed
    }
    watch.join()
    return Self.ending(of: process)
  }

  /// Ends the process, also when it is stopped.
  func stop() {
    process.send(SIGKILL)
    watch.join()
  }

  /// Reads the line that the process begins with, byte by byte, because what follows it is for the sink.
  private static func receiveGreeting(_ socket: UnixSocket, _ process: ChildProcess) throws -> String {
    var bytes: [UInt8] = []
    while bytes.count < ViewerGreeting.longest {
      guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: startTimeout) else {
        throw NoWindows("no window can be opened: the display did not respond within \(startTimeout / 1000) s")
      }
      let received = try socket.receive(1, maximumDescriptors: 0)
      guard let byte = received.bytes.first else { break }
      guard byte == 0x0a else {
        bytes.append(byte)
        continue
      }
      switch ViewerGreeting(line: bytes) {
      case .opened(let display): return display
      case .failed(let sentence): throw NoWindows(sentence)
      case nil: break
      }
      break
    }
    _ = try process.end.wait(for: .readable, timeoutMilliseconds: 1000)
    switch process.ending {
    case .killed(let signal): throw NoWindows("no window can be opened: signal \(signal) killed their process")
    default: throw NoWindows("no window can be opened: their process ended before it had a display")
    }
  }

  private static func ending(of process: ChildProcess) -> Ending {
    switch process.ending {
    case .exited(0): .closed
    case .exited(ViewRun.displayLostCode): .displayLost
    case .killed(let signal): .killed(signal: signal)
    default: .failed
    }
  }

  /// Error of windows that cannot be opened.
  private struct NoWindows: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
  }
}

/// The line that a viewer sends before the display protocol begins, to the program that started it.
enum ViewerGreeting {
  /// The most bytes of a line.
  static let longest = 4096

  /// The display is open. Its name as the user gave it.
  case opened(display: String)
  /// There is no display. The reason in a sentence.
  case failed(String)

  /// Reads a line without its end.
  init?(line: [UInt8]) {
    let text = String(decoding: line.dropFirst(), as: UTF8.self)
    switch line.first {
    case UInt8(ascii: "+"): self = .opened(display: text)
    case UInt8(ascii: "-"): self = .failed(text)
    default: return nil
    }
  }

  /// The line, with its end.
  var line: [UInt8] {
    let (mark, text) =
      switch self {
      case .opened(let display): ("+", display)
      case .failed(let sentence): ("-", sentence)
      }
    return Array(mark.utf8) + text.utf8.filter { $0 != 0x0a }.prefix(Self.longest - 2) + [0x0a]
  }
}

internal import ControlSocket
internal import Display
internal import DisplaySocket
internal import Glibc
internal import LinuxIO
internal import SDLDisplay
internal import Synchronization
public import VirtioGPU

/// Run of windows in a process of their own: the front end of a display socket.
public final class ViewRun: Run {
  /// Where the frames come from.
  public enum Source: Sendable {
    /// Path of the control socket of a running device.
    case control(String)
    /// Path of a display socket that a back end listens at.
    case displaySocket(String)
    /// Open descriptor of a display socket of the program that started this one. That program reports for both: this one is
    /// silent when it can be.
    case descriptor(Int32)
  }

  /// Exit code of a viewer whose display is gone.
  static let displayLostCode: Int32 = 74

  private let source: Source
  private let outputs: [Output]
  private let socket: UnixSocket
  private let windows: WindowThread

  /// Connects to the source, opens the display, and attaches to the device. `outputs` are those that a back end is told of
  /// when it asks; a device of ours does not. With `staysOpen` the windows stay at the end, until they are closed.
  public init(_ source: Source, outputs: [Output], staysOpen: Bool) throws {
    self.source = source
    self.outputs = outputs
    let options = SDLWindows.Options(name: "Scanout", whenFinished: staysOpen ? .stayOpen : .close)
    switch source {
    case .control(let path):
      let client = try ControlClient(path: path)
      windows = try WindowThread(options)
      socket = UnixSocket(try client.attachDisplay())
    case .displaySocket(let path):
      do throws(SystemError) {
        socket = try UnixSocket.connect(to: path)
      } catch {
        guard error.code == ENOENT || error.code == ECONNREFUSED else { throw error }
        throw ViewFailure("nothing listens at \(path)")
      }
      windows = try WindowThread(options)
    case .descriptor(let number):
      socket = try UnixSocket(adopting: number)
      do {
        windows = try WindowThread(options)
      } catch {
        try socket.send(ViewerGreeting.failed("\(error)").line)
        throw ViewEnding(code: Self.displayLostCode)
      }
      try socket.send(ViewerGreeting.opened(display: windows.displayName).line)
    }
  }

  /// Shows the frames until the user has closed the windows, or the source has ended.
  public func run() throws {
    let loop = try EventLoop()
    let (wake, windowsEnded) = (try EventCounter(), try EventCounter())
    let display = DisplaySource { wake.signal() }
    try display.add(windows.sink, named: "window", policy: .optional)
    var end: DisplaySocketSourceEnd?
    var options = DisplaySocketSource.Options()
    options.onName = { [windows] in windows.sink.setName($0) }
    options.onEnd = { [windows] in
      end = $0
      if $0 == .ended { windows.sink.finish() } else { windows.sink.stop() }
    }
    let receiver = try DisplaySocketSource(
      socket.descriptor, into: display, outputs: outputs, on: loop, options: options)
    display.onRequest = { [unowned receiver] in receiver.send($0, of: $1) }
    display.onRelease = { [unowned receiver] in try? receiver.resume() }
    try loop.watch(wake.descriptor) {
      wake.drain()
      try display.serve()
    }
    try loop.watch(windowsEnded.descriptor) { [unowned loop] in
      // The last window's closing is passed on as well.
      try display.serve()
      loop.stop()
    }
    windows.start(WindowThread.EndHandler { _ in windowsEnded.signal() })
    try loop.run()
    let outcome = windows.wait()
    receiver.stop()
    try report(try outcome.get(), end)
  }

  public func report() -> RunReport { RunReport(nil, in: nil) }

  private func report(_ ending: SDLWindows.Ending, _ end: DisplaySocketSourceEnd?) throws {
    var isChild = false
    if case .descriptor = source { isChild = true }
    switch (ending, end) {
    case (.displayLost, _):
      if isChild { throw ViewEnding(code: Self.displayLostCode) }
      throw Presentation.LostDisplay(name: windows.displayName, recording: nil)
    case (.closed, _), (_, nil), (_, .ended): return
    // The program that started this one is gone.
    case (_, .closed) where isChild: return
    case (_, .closed): throw ViewFailure("the device is gone: its display socket was closed without an end")
    case (_, let end?): throw ViewFailure("\(end)")
    }
  }

  /// An end that has been reported, or is by another program: only the exit code is left.
  public struct ViewEnding: Error {
    /// The exit code.
    public let code: Int32
  }

  /// An error in a sentence.
  private struct ViewFailure: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
  }
}

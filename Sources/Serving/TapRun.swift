internal import Display
internal import FrameDump
internal import Frames
internal import Glibc
internal import LinuxIO
public import Logging
internal import SDLDisplay
internal import VhostUser
public import VirtioGPU

/// Run that stands between virtual machines and a foreign back end, and takes the frames of that.
public final class TapRun: Run {
  /// Configuration of a tap.
  public struct TapConfiguration: Sendable {
    /// Path of the socket that virtual machines connect to, one after the other.
    public var path: String
    /// The back end.
    public var backEnd: TapBackEnd
    /// Windows and dump of its frames.
    public var sinks: SinkConfiguration
    /// Outputs that the back end is told of.
    public var outputs: [Output]
    /// Pace of the responses to updates of shared buffers.
    public var pace = Pace.immediate
    /// True: frames go to the virtual machine's own display as well.
    public var forwards = false
    /// True: frames are received and discarded.
    public var discardsFrames = false
    /// True: the run ends with the first virtual machine.
    public var endsWithFrontEnd = false
    /// Producer in the manifest of the dump.
    public var producer: String

    /// Makes the configuration of a tap.
    public init(
      at path: String, backEnd: TapBackEnd, outputs: [Output], sinks: SinkConfiguration, producer: String
    ) {
      self.path = path
      self.backEnd = backEnd
      self.outputs = outputs
      self.sinks = sinks
      self.producer = producer
    }
  }

  /// Error of a session that was the only one, and did not end in order.
  struct LostSession: Error, CustomStringConvertible {
    let description: String
  }

  private let configuration: TapConfiguration
  private let log: Logger
  private let signals: SignalWatch
  private let displayWake: EventCounter
  private let presentation: Presentation
  private let listener: UnixListener
  private let dump: FrameDumpSink?

  /// Opens signals, display, socket and dump, in this order.
  ///
  /// It is called on the main thread before any other thread starts, so that all threads block the signals.
  public init(_ configuration: TapConfiguration, log: Logger) throws {
    self.configuration = configuration
    self.log = log
    signals = try SignalWatch([SIGTERM, SIGINT] + (SignalWatch.isIgnored(SIGHUP) ? [] : [SIGHUP]))
    let displayWake = try EventCounter()
    self.displayWake = displayWake
    let sinks = configuration.sinks
    presentation = try Presentation(
      name: configuration.path, showsWindows: sinks.showsWindows,
      hasOtherSinks: sinks.dump != nil || configuration.forwards || configuration.discardsFrames,
      recording: sinks.dump?.folder, whenFinished: .close,
      log: log
    ) { displayWake.signal() }
    // Before the dump begins: a socket that cannot be made leaves no empty dump behind.
    listener = try UnixListener(path: configuration.path)
    dump = try sinks.dump?.open(
      FrameDumpOptions(
        provenance: Provenance(producer: configuration.producer, source: "display socket", renderer: "unknown"),
        whenFull: .stop),
      keeping: sinks.inputs
    ) { [folder = sinks.dump?.folder ?? ""] end in
      log.warning("the recording in \(folder) ends early: \(end); further frames are not recorded")
    }
  }

  /// Serves until a signal, a fault of the host, the end of the only virtual machine, or the closing of the last window when
  /// nothing is recorded.
  public func run() throws {
    let stopper = try EventCounter()
    // With another sink the tap goes on without its windows.
    let mayEnd = dump == nil && !configuration.forwards
    // However they ended: windows cannot be attached to a tap again.
    let whenEnded: @Sendable (Viewer.Ending) -> Void = { _ in if mayEnd { stopper.signal() } }
    try presentation.run(dump, onWindowsEnded: whenEnded) { [self] display in try serve(display, stopper) }
  }

  public func report() -> RunReport {
    RunReport(dump, in: configuration.sinks.dump?.folder)
  }

  private func serve(_ display: DisplaySource, _ stopper: EventCounter) throws {
    let loop = try EventLoop()
    let peerLog = RateLimitedLog(log)
    let tap = try TapDisplay(display, configuration, loop: loop, log: peerLog)
    var failure: (any Error)?
    let fail: (any Error) -> Void = { [unowned loop] error in
      failure = failure ?? error
      loop.stop()
    }
    tap.onFailure = fail
    let server = TapServer(
      configuration.backEnd, scanouts: configuration.outputs.count, loop: loop,
      displaySocket: { (socket) throws(SystemError) in try tap.makeSocket(for: socket) },
      observer: { [endsWithFrontEnd = configuration.endsWithFrontEnd, unowned loop] event in
        do { try Self.report(event, in: peerLog, tap) } catch { return fail(error) }
        guard endsWithFrontEnd else { return }
        switch event {
        case .ended(_, isOrderly: true): loop.stop()
        case .ended(let reason, _), .noBackEnd(let reason): fail(LostSession(description: reason))
        case .connected, .refused, .notice: break
        }
      })
    server.onFailure = fail
    try loop.watch(signals.descriptor) { [signals, log, listener, unowned loop] in
      if let signal = signals.take() {
        log.info("ending by \([SIGINT: "Ctrl-C", SIGHUP: "SIGHUP"][signal] ?? "SIGTERM")")
        listener.close()
        loop.stop()
      }
    }
    try loop.watch(displayWake.descriptor) { [displayWake] in
      displayWake.drain()
      try display.serve()
    }
    try loop.watch(stopper.descriptor) { [unowned loop] in
      stopper.drain()
      loop.stop()
    }
    try server.listen(on: listener)
    log.info("waiting for a virtual machine at \(listener.path)")
    // Also after a failure, the sinks are finished after this, which waits for the disk.
    defer { signals.release(waitingFor: dump, log) }
    try loop.run()
    server.stop()
    listener.close()
    if let failure { throw failure }
    try tap.leave()
  }

  private static func report(_ event: TapServer.Event, in log: RateLimitedLog, _ tap: TapDisplay) throws {
    switch event {
    case .connected: log.log(.info, "\(event)")
    case .ended(_, let isOrderly):
      log.log(isOrderly ? .info : .warning, "\(event)")
      try tap.leave()
    case .noBackEnd, .refused, .notice: log.log(.warning, "\(event)")
    }
  }
}

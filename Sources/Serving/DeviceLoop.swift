internal import Control
internal import Display
internal import FrameDump
internal import Glibc
internal import LinuxIO
internal import Logging
internal import Text
internal import VhostUser
internal import VirglRendering
internal import VirtioGPU

/// The thread of a served device: one event loop for its socket, its queues, its control socket and signals.
struct DeviceLoop {
  /// Where the virtual machine is.
  enum Place {
    /// It connects here, and another one after it.
    case listener(UnixListener)
    /// It is connected already.
    case socket(UnixSocket)

    /// True for a machine that is connected already.
    var isSocket: Bool { if case .socket = self { true } else { false } }
  }

  let device: DeviceConfiguration
  /// What draws for the guest; nil: nothing does.
  let renderer: RendererThread?
  let signals: SignalWatch
  /// Signalled when the display source has something to do on the device's thread.
  let displayWake: EventCounter
  /// True: ends with the first front end.
  let endsWithFrontEnd: Bool
  /// The recording; with one the device goes on when the windows are closed.
  let dump: FrameDumpSink?
  /// Where users change the outputs; nil: nowhere.
  let control: UnixListener?
  /// True: outputs get the sizes that users give to windows.
  let followsWindows: Bool
  let log: Logger

  /// How many seconds the renderer has to end at the end of the run.
  private static let rendererEnd = 2

  /// Serves until a signal, a host fault, the end of the only front end, or nobody looks any more.
  func run(at place: Place, _ display: DisplaySource, _ audience: Presentation.Audience) throws {
    let loop = try EventLoop()
    let start = Alarm.now
    let device = Device(
      outputs: device.outputs, features: device.consistentFeatures, quota: device.quota,
      renderers: renderer.map { [$0] } ?? [], pace: device.pace, display: display
    ) { DisplayTime(nanoseconds: Alarm.now - start) }
    log.info("the device offers \(device.offered); renderer \(self.device.renderer.rawValue)")
    var failure: (any Error)?
    // The loop outlives all that it calls, and nothing of that keeps it or each other alive.
    let runner = try DeviceRunner(device, loop: loop, displayWake: displayWake, log: log) { [unowned loop] error in
      failure = error
      loop.stop()
    }
    let peerLog = RateLimitedLog(log)
    if let bytes = self.device.hostVisibleBytes { device.hostVisibleCapacity = bytes }
    let server = Server(device: device, loop: loop) { [unowned loop] event in report(event, in: peerLog, loop) }
    runner.observe(server)
    let outputs = OutputController(device, served: server, log: peerLog)
    let controlServer = try control.map {
      try ControlServer(
        at: $0, loop: loop, log: { peerLog.log(.warning, $0) }, respond: { outputs.respond(to: $0) })
    }
    defer { controlServer?.stop() }
    // What the loop calls keeps the loop, so nothing of that is kept by it.
    try loop.watch(signals.descriptor) { [unowned loop, weak server, weak controlServer] in
      if let signal = signals.take() {
        log.info("ending by \([SIGINT: "Ctrl-C", SIGHUP: "SIGHUP"][signal] ?? "SIGTERM")")
        // The front end and users learn of it now, however long the disk takes.
        server?.stop()
        controlServer?.stop()
        closeSockets(place)
        loop.stop()
      }
    }
    let stop = Stopper(loop: loop)
    audience.whenDisplayIsLost { stop.loop.stop() }
    if dump == nil { audience.whenGone { stop.loop.stop() } }
    if followsWindows {
      display.onRequest = { [weak outputs] in outputs?.carryOut($0, of: $1) }
    }
    if let control { log.info("scanout output changes the monitors, at \(control.path)") }
    switch place {
    case .listener(let listener):
      try server.listen(on: listener)
      log.info("waiting for a virtual machine at \(listener.path)")
    case .socket(let socket):
      try server.serve(socket)
    }
    try loop.run()
    server.stop()
    controlServer?.stop()
    closeSockets(place)
    // A call that takes long is left behind, and the process ends without it.
    renderer?.end(within: .seconds(Self.rendererEnd))
    if let failure { throw failure }
    sayWhatWaits()
  }

  /// Frees the paths at which others connect.
  private func closeSockets(_ place: Place) {
    if case .listener(let listener) = place { listener.close() }
    control?.close()
  }

  /// Says how many frames the disk has not taken yet, for the end of the run waits for them.
  private func sayWhatWaits() {
    signals.release()
    guard let waiting = dump?.framesWaiting, waiting > 0 else { return }
    log.notice(
      "\(count(waiting, "frame")) \(waiting == 1 ? "waits" : "wait") for the disk; a second signal ends at once, without them"
    )
  }

  private func report(_ event: Server.Event, in log: RateLimitedLog, _ loop: EventLoop) {
    switch event {
    case .connected: log.log(.info, "a virtual machine connected")
    case .refused: log.log(.warning, "a second virtual machine was turned away: one is being served")
    case .notice(let sentence): log.log(.warning, sentence)
    case .ended(let reason):
      log.log(reason.isOrderly ? .info : .warning, "\(reason)")
      if endsWithFrontEnd { loop.stop() }
    }
  }

  /// Stopping is what any thread may ask of a loop.
  private struct Stopper: @unchecked Sendable {
    let loop: EventLoop
  }
}

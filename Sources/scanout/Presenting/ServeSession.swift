import Control
import Display
import Glibc
import LinuxIO
import Logging
import VhostUser
import Serving
import VirtioGPU

/// The device's thread of `scanout serve`: one event loop for the socket, the queues and the signals.
struct ServeSession {
  /// Where the virtual machine is.
  enum Place {
    /// It comes, and another one after it.
    case listener(UnixListener)
    /// It is connected already.
    case socket(UnixSocket)
  }

  let outputs: [Output]
  let options: DeviceOptions
  let renderer: RendererChoice
  let signals: SignalWatch
  /// True: ends with the first front end.
  let once: Bool
  /// True: goes on when the windows are closed.
  let hasDump: Bool
  /// Where users change the monitors; nil: nowhere.
  let control: UnixListener?
  /// True: monitors get the sizes that users give to windows.
  let followsWindows: Bool
  let log: Logger

  /// Serves until a signal, a host fault, the end of the only front end, or nobody looks any more.
  func run(at place: Place, _ display: DisplaySource, _ audience: Presentation.Audience) throws {
    let loop = try EventLoop()
    let start = Alarm.now
    let device = Device(
      outputs: outputs, features: options.features(with: renderer), quota: options.limits,
      renderers: try renderer.makeWatched(options, log: log).map { [ImmediateRenderer($0)] } ?? [],
      pace: options.pace.pace, display: display
    ) { DisplayTime(nanoseconds: Alarm.now - start) }
    log.info("the device offers \(device.offered); renderer \(renderer.rawValue)")
    var failure: (any Error)?
    // The loop outlives all that it calls, and nothing of that keeps it or each other alive.
    let runner = try DeviceRunner(device, loop: loop, log: log) { [unowned loop] error in
      failure = error
      loop.stop()
    }
    let peerLog = RateLimitedLog(log)
    if let region = options.hostVisible { device.hostVisibleCapacity = region.bytes }
    let server = Server(device: device, loop: loop) { [unowned loop] event in report(event, in: peerLog, loop) }
    runner.observe(server)
    let monitors = MonitorDesk(device, served: server, log: peerLog)
    let controlServer = try control.map {
      try ControlServer(at: $0, loop: loop, log: { peerLog.log(.warning, $0) }, respond: { monitors.answer($0) })
    }
    defer { controlServer?.stop() }
    try loop.watch(signals.descriptor) { [unowned loop] in
      if let signal = signals.take() {
        log.info("ending by \([SIGINT: "Ctrl-C", SIGHUP: "SIGHUP"][signal] ?? "SIGTERM")")
        loop.stop()
      }
    }
    let stop = Stopper(loop: loop)
    audience.whenDisplayIsLost { stop.loop.stop() }
    if !hasDump { audience.whenGone { stop.loop.stop() } }
    if followsWindows {
      display.onRequest = { [weak monitors] request, scanout in monitors?.grant(request, of: scanout) }
    }
    // The audience keeps the loop, so the loop does not keep the audience.
    try loop.watch(audience.wake.descriptor) { [wake = audience.wake, unowned display] in
      wake.drain()
      try display.serve()
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
    if let failure { throw failure }
  }

  private func report(_ event: Server.Event, in log: RateLimitedLog, _ loop: EventLoop) {
    switch event {
    case .connected: log.log(.info, "a virtual machine connected")
    case .refused: log.log(.warning, "a second virtual machine was turned away: one is being served")
    case .notice(let sentence): log.log(.warning, sentence)
    case .ended(let reason):
      log.log(reason.isOrderly ? .info : .warning, "\(reason)")
      if once { loop.stop() }
    }
  }

  /// Stopping is what any thread may ask of a loop.
  private struct Stopper: @unchecked Sendable {
    let loop: EventLoop
  }
}

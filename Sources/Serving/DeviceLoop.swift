internal import ControlSocket
internal import Display
internal import FrameDump
internal import Glibc
internal import LinuxIO
internal import Logging
internal import VhostUser
internal import VirglRendering
internal import VirtioGPU
internal import VirtioInput

/// Event loop of a served device, for its socket, its queues, its control socket and signals.
struct DeviceLoop {
  /// Open socket of the virtual machine.
  enum OpenEndpoint {
    /// A listener, which virtual machines connect to one after the other.
    case listener(UnixListener)
    /// A socket that is connected to a virtual machine.
    case socket(UnixSocket)

    /// True for a socket that is connected.
    var isSocket: Bool { if case .socket = self { true } else { false } }

    /// The path that a virtual machine connects to; empty for a socket that is connected.
    var path: String { if case .listener(let listener) = self { listener.path } else { "" } }
  }

  let device: DeviceConfiguration
  /// Thread of the renderer; nil: the device is 2D.
  let renderer: RendererThread?
  let signals: SignalWatch
  /// Signalled when the display source has something to do on the device's thread.
  let displayWake: EventCounter
  /// True: the device ends with the first front end.
  let endsWithFrontEnd: Bool
  /// Dump of the frames; with one the device goes on when the windows are closed.
  let dump: FrameDumpSink?
  /// Listener of the control socket; nil: there is none.
  let control: UnixListener?
  /// Listeners of the input devices that are served beside the GPU.
  let inputs: [InputDeviceKind: UnixListener]
  /// True: outputs get the sizes that users give to windows.
  let followsWindows: Bool
  /// True: outputs are those of the front end's display.
  let followsFrontEnd: Bool
  /// Prefix of the titles of attached windows.
  let name: String
  /// Command that is started when the device is ready, and with which the device ends; nil: none.
  let command: GuestCommand?
  /// Selectors after whose decision the device ends; nil: none.
  let selection: LiveSelection?
  let log: Logger

  /// Time limit of the renderer's end at the end of the run, in seconds.
  private static let rendererEndTimeout = 2

  /// Serves until a signal, a host fault, the end of the only front end, or until `stopper` is raised.
  func run(at openEndpoint: OpenEndpoint, _ display: DisplaySource, _ stopper: EventCounter) throws {
    let loop = try EventLoop()
    let start = Alarm.now
    let device = Device(
      outputs: device.outputs, features: device.offeredFeatures, quota: device.quota,
      renderers: renderer.map { [$0] } ?? [], pace: device.pace, display: display
    ) { DisplayTime(nanoseconds: Alarm.now - start) }
    log.info("the device offers \(device.offered); renderer \(self.device.renderer.rawValue)")
    var failure: (any Error)?
    // The loop outlives everything that it calls, and nothing that it calls retains it.
    let runner = try DeviceRunner(device, loop: loop, displayWake: displayWake, log: log) { [unowned loop] error in
      failure = error
      loop.stop()
    }
    let peerLog = RateLimitedLog(log)
    if let bytes = self.device.hostVisibleBytes { device.hostVisibleCapacity = bytes }
    let server = Server(device: device, loop: loop) { [unowned loop, weak runner] event in
      if case .ended = event {
        runner?.frontEndLeft()
        command?.setConnected(false)
      }
      if case .connected = event { command?.setConnected(true) }
      report(event, in: peerLog, loop)
    }
    runner.observe(server)
    let outputs = OutputController(device, served: server, log: peerLog)
    if followsFrontEnd {
      runner.followFrontEnd { [weak outputs] in outputs?.take(frontEnd: $0, notifiesDriver: !$1) }
    }
    let input = try InputController(loop: loop, log: peerLog) { [unowned outputs] in outputs.desktop }
    for (kind, listener) in inputs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      try input.serve(kind, at: listener)
    }
    let controlServer = try control.map { listener in
      try ControlServer(at: listener, loop: loop, log: { peerLog.log(.warning, $0) }) { request, respond in
        switch request {
        case .list, .attachDisplay: respond(outputs.respond(to: nil))
        case .change(let change): respond(outputs.respond(to: change))
        case .input(let asked): input.respond(to: asked, respond)
        }
      }
    }
    defer { controlServer?.stop() }
    let attached = AttachedDisplays(display, name: name, log: log)
    controlServer?.onAttachDisplay = { try attached.attach() }
    // What the loop calls keeps the loop, so nothing of that is kept by it.
    try loop.watch(signals.descriptor) { [unowned loop, weak server, weak controlServer, weak input] in
      if let signal = signals.take() {
        log.info("ending by \([SIGINT: "Ctrl-C", SIGHUP: "SIGHUP"][signal] ?? "SIGTERM")")
        // The sockets close now, however long the disk takes.
        server?.stop()
        controlServer?.stop()
        input?.stop()
        closeSockets(openEndpoint)
        loop.stop()
      }
    }
    try loop.watch(stopper.descriptor) { [unowned loop] in
      stopper.drain()
      loop.stop()
    }
    display.onRequest = { [weak outputs, weak input, followsWindows] request, scanout in
      switch request {
      case .resize(let size): if followsWindows { outputs?.resize(scanout, to: size) }
      case .input(let event): input?.take(event, of: scanout)
      case .presented, .close: break
      }
    }
    if let control {
      let uses = "scanout output changes the outputs, scanout ctl sends input, and scanout view attaches windows"
      log.info("\(uses), at \(control.path)")
    }
    switch openEndpoint {
    case .listener(let listener):
      try server.listen(on: listener)
      log.info("waiting for a virtual machine at \(listener.path)")
    case .socket(let socket):
      try server.serve(socket)
    }
    if let selection, let dump {
      _ = try LiveSelectionWatch(selection, of: dump, on: loop) {
        DisplayTime(nanoseconds: Alarm.now - start)
      } whenDecided: { [unowned loop] in
        log.info("every selected frame was reached")
        loop.stop()
      }
    }
    // Also after a failure, the sinks are finished after this, which waits for the disk.
    defer { signals.release(waitingFor: dump, log) }
    // Also after a failure, the command ends with the device.
    defer { command?.finish(interruption: signals) }
    try command?.start(on: loop) { name in
      try display.emit(label: name, at: DisplayTime(nanoseconds: Alarm.now - start))
    } whenEnded: { [unowned loop] in
      loop.stop()
    }
    try loop.run()
    // What the command's output says of the last frames is taken before they end.
    command?.finish(interruption: signals)
    server.stop()
    controlServer?.stop()
    input.stop()
    closeSockets(openEndpoint)
    // A call that takes longer is abandoned, and the process ends without it.
    renderer?.end(within: .seconds(Self.rendererEndTimeout))
    if let failure { throw failure }
  }

  /// Frees the paths of the sockets.
  private func closeSockets(_ openEndpoint: OpenEndpoint) {
    if case .listener(let listener) = openEndpoint { listener.close() }
    control?.close()
  }

  private func report(_ event: Server.Event, in log: RateLimitedLog, _ loop: EventLoop) {
    switch event {
    case .connected: log.log(.info, "a virtual machine connected")
    case .refused: log.log(.warning, "a second virtual machine was turned away: one is served at a time")
    case .notice(let sentence): log.log(.warning, sentence)
    case .ended(let reason):
      log.log(reason.isOrderly ? .info : .warning, "\(reason)")
      if endsWithFrontEnd { loop.stop() }
    }
  }
}

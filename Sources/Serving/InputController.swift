internal import ControlSocket
internal import Display
internal import LinuxIO
internal import Logging
internal import VhostUser
internal import VirtioInput

/// Controller of the input devices of a served guest: serves them, each at a socket of its own, and gives them what users of
/// windows and of the control socket do.
///
/// Everything happens on the thread of the event loop.
final class InputController {
  /// How long a guest may take for the next events of a request, in seconds. It is less than a client waits for a response.
  static let patience = 5
  /// How long after a stroke the next one comes, in nanoseconds: a guest keeps 64 events for a program that reads them, and
  /// loses what comes beyond that. This leaves the program a sixth of a second, and is faster than anybody types.
  static let strokeInterval: UInt64 = 20_000_000
  /// How many batches of a request wait in a device at most, so that there is room for what windows send.
  private static let maximumWaiting = 32

  private struct ServedInput {
    let device: InputDevice
    let server: Server
    let listener: UnixListener
  }

  private let loop: EventLoop
  private let log: RateLimitedLog
  private let desktop: () -> Desktop
  private let timer: Timer
  private var timerWatch: EventLoop.Registration?
  private let pause: Timer
  private var pauseWatch: EventLoop.Registration?
  /// True until the next stroke may come.
  private var isPausing = false
  private var inputs: [InputDeviceKind: ServedInput] = [:]
  /// Requests of the control socket, the first of which is carried out. There is at most one for each client.
  private var requests: [(script: InputScript, completion: (ControlResponse) -> Void)] = []
  private var isAdvancing = false

  /// A controller without devices. `desktop` says where scanouts are.
  init(loop: EventLoop, log: RateLimitedLog, desktop: @escaping () -> Desktop) throws(SystemError) {
    self.loop = loop
    self.log = log
    self.desktop = desktop
    timer = try Timer()
    pause = try Timer()
    pauseWatch = try loop.watch(pause.descriptor) { [weak self] in self?.pauseEnded() }
    timerWatch = try loop.watch(timer.descriptor) { [weak self] in self?.timerExpired() }
  }

  /// Serves a device of a kind at a listener.
  func serve(_ kind: InputDeviceKind, at listener: UnixListener) throws {
    let device = InputDevice(kind)
    let server = Server(device: device, loop: loop) { [log] event in
      switch event {
      case .connected: log.log(.info, "a virtual machine connected to the \(kind.rawValue)")
      case .refused: log.log(.warning, "a second virtual machine was turned away from the \(kind.rawValue)")
      case .notice(let sentence): log.log(.warning, "\(kind.rawValue): \(sentence)")
      case .ended(let reason): log.log(reason.isOrderly ? .info : .warning, "\(kind.rawValue): \(reason)")
      }
    }
    device.onRefusal = { [log] in log.log(.warning, $0) }
    device.onDelivered = { [weak self] in self?.advance() }
    device.onListening = { [weak self, log] listens in
      log.log(.info, "the guest \(listens ? "listens" : "does not listen") to the \(kind.rawValue)")
      if !listens { self?.stoppedListening(kind) }
    }
    device.onLEDs = { [log] in log.log(.debug, "the guest has lit the LEDs \($0.rawValue) of the keyboard") }
    try server.listen(on: listener)
    log.log(.info, "the \(kind.rawValue) waits for a virtual machine at \(listener.path)")
    inputs[kind] = ServedInput(device: device, server: server, listener: listener)
  }

  /// Ends all sessions, and frees the paths of the sockets.
  func stop() {
    for watch in [timerWatch, pauseWatch] { if let watch { loop.cancel(watch) } }
    (timerWatch, pauseWatch) = (nil, nil)
    for input in inputs.values {
      input.server.stop()
      input.listener.close()
    }
  }

  // MARK: - Windows

  /// Gives an event of a window to the device that it is for. Nobody is told when no such device is served or listened to.
  func take(_ event: InputEvent, of scanout: ScanoutID) {
    switch event {
    case .key(let key, let isPressed): device(.keyboard)?.send(isPressed ? .press(key) : .release(key))
    case .position(let position):
      if let point = point(position, of: scanout) { device(.tablet)?.send(.position(point)) }
    case .motion(let x, let y): device(.mouse)?.send(.motion(x: x, y: y))
    case .button(let button, let isPressed): take(button, isPressed)
    case .wheel(let vertical, let horizontal):
      pointer?.send(.wheel(vertical: vertical, horizontal: horizontal))
    case .touch(let slot, let phase): take(phase, of: slot, on: scanout)
    case .releaseAll: for input in inputs.values { input.device.releaseAll() }
    }
  }

  private func take(_ button: PointerButton, _ isPressed: Bool) {
    if isPressed {
      pointer?.send(.press(button.code))
    } else {
      // The device that it was pressed on may not be the one that is listened to now.
      for kind in [InputDeviceKind.tablet, .mouse] { device(kind)?.send(.release(button.code)) }
    }
  }

  private func take(_ phase: TouchPhase, of slot: Int, on scanout: ScanoutID) {
    // A guest that has no touch screen gets the first finger as its pointer.
    let isPointer = device(.touch)?.isListening != true && device(.tablet)?.isListening == true
    switch phase {
    case .down(let position):
      guard let point = point(position, of: scanout) else { return }
      if !isPointer {
        device(.touch)?.send(.touchDown(slot: slot, point))
      } else if slot == 0 {
        device(.tablet)?.send(.position(point))
        device(.tablet)?.send(.press(PointerButton.left.code))
      }
    case .move(let position):
      guard let point = point(position, of: scanout) else { return }
      if !isPointer {
        device(.touch)?.send(.touchMove(slot: slot, point))
      } else if slot == 0 {
        device(.tablet)?.send(.position(point))
      }
    case .up:
      device(.touch)?.send(.touchUp(slot: slot))
      if isPointer, slot == 0 { device(.tablet)?.send(.release(PointerButton.left.code)) }
    }
  }

  private func device(_ kind: InputDeviceKind) -> InputDevice? { inputs[kind]?.device }

  /// The device for buttons and wheels: one that the guest listens to, the tablet first.
  private var pointer: InputDevice? {
    let devices = [device(.tablet), device(.mouse)].compactMap(\.self)
    return devices.first(where: \.isListening) ?? devices.first
  }

  private func point(_ position: PointerPosition, of scanout: ScanoutID) -> DesktopPoint? {
    switch position {
    case .desktop(let point): point
    case .pixel(let pixel): desktop().point(at: pixel, of: scanout)
    }
  }

  // MARK: - The control socket

  /// Carries a request of the control socket out, after those that came before it. `completion` is called once, when the guest
  /// has taken all of it or when that failed.
  func respond(to input: ControlInput, _ completion: @escaping (ControlResponse) -> Void) {
    do {
      requests.append((try script(of: input), completion))
      if requests.count == 1 { timer.set(after: UInt64(Self.patience) * 1_000_000_000) }
      advance()
    } catch {
      completion(ControlResponse(error: "\(error)"))
    }
  }

  private func script(of input: ControlInput) throws -> InputScript {
    switch input {
    case .key(let chord):
      let actions = chord.keys.map(InputAction.press) + chord.keys.reversed().map(InputAction.release)
      return InputScript(try listener(.keyboard), [actions])
    case .type(let text):
      let keyboard = try listener(.keyboard)
      return InputScript(
        keyboard,
        try KeyboardLayout.us.strokes(for: text).map { stroke in
          let actions: [InputAction] = [.press(stroke.key), .release(stroke.key)]
          return stroke.isShifted ? [.press(.leftShift)] + actions + [.release(.leftShift)] : actions
        })
    case .point(let position, let output):
      return InputScript(try listener(.tablet), [[.position(try point(position, on: output))]])
    case .click(let position, let output, let button):
      let tablet = try listener(.tablet)
      let point = try point(position, on: output)
      return InputScript(tablet, [[.position(point), .press(button.code), .release(button.code)]])
    case .scroll(let vertical, let horizontal):
      return InputScript(
        try listener(.tablet, .mouse), [[.wheel(vertical: vertical, horizontal: horizontal)]])
    case .touch(let position, let output):
      let screen = try listener(.touch)
      return InputScript(screen, [[.touchDown(slot: 0, try point(position, on: output)), .touchUp(slot: 0)]])
    }
  }

  /// The first device of these kinds that the guest listens to.
  private func listener(_ kinds: InputDeviceKind...) throws(InputError) -> InputDevice {
    let devices = kinds.compactMap(device)
    guard let first = devices.first else { throw .notServed(kinds) }
    guard let device = devices.first(where: \.isListening) else { throw .notListening(first.kind) }
    return device
  }

  private func point(_ pixel: Point, on scanout: ScanoutID) throws(InputError) -> DesktopPoint {
    let desktop = desktop()
    guard let size = desktop.size(of: scanout), let point = desktop.point(at: pixel, of: scanout) else {
      throw .scanoutOff(scanout)
    }
    guard (0..<Int64(size.width)).contains(Int64(pixel.x)), (0..<Int64(size.height)).contains(Int64(pixel.y)) else {
      throw .outside(pixel, size, scanout)
    }
    return point
  }

  /// Gives the devices the next stroke if its time has come, and ends requests that the guest has taken.
  private func advance() {
    // A device says that it is empty while it is being filled.
    guard !isAdvancing else { return }
    isAdvancing = true
    defer { isAdvancing = false }
    while !requests.isEmpty {
      if !isPausing, let stroke = requests[0].script.next(maximumWaiting: Self.maximumWaiting) {
        isPausing = true
        pause.set(after: Self.strokeInterval)
        // Whether a driver listens was known, and there is room: what windows hold down already changes nothing.
        for step in stroke { step.device.send(step.action) }
      }
      guard requests[0].script.isComplete else {
        // The guest has taken something: it has as long again for the next.
        return timer.set(after: UInt64(Self.patience) * 1_000_000_000)
      }
      finish(nil)
    }
    timer.set(after: nil)
  }

  /// Ends the first request. What is left of it is not done: the strokes that were begun are whole.
  private func finish(_ error: InputError?) {
    guard !requests.isEmpty else { return }
    let (script, completion) = requests.removeFirst()
    completion(error.map { ControlResponse(error: $0.description) } ?? ControlResponse(actions: script.count))
  }

  private func pauseEnded() {
    pause.acknowledge()
    isPausing = false
    advance()
  }

  private func timerExpired() {
    timer.acknowledge()
    if let script = requests.first?.script {
      finish(.notTaken(actions: script.waitingCount, seconds: Self.patience))
    }
    advance()
  }

  private func stoppedListening(_ kind: InputDeviceKind) {
    guard let first = requests.first?.script, first.devices.contains(where: { $0.kind == kind }) else { return }
    finish(.guestLeft)
    advance()
  }
}

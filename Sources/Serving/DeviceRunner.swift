internal import Display
public import LinuxIO
public import Logging
public import VhostUser
public import VirtioGPU

/// Runner of a GPU device on an event loop: serves its deadlines, the events of its renderers and the requests of its
/// display, and writes its log.
///
/// The loop retains the runner. Everything happens on the loop's thread.
public final class DeviceRunner {
  private let device: Device
  private let log: RateLimitedLog
  private let onFailure: (any Error) -> Void
  private let timer: Timer
  private let frontEndDisplay: FrontEndDisplay
  /// True when a refused command of the present guest is in the log.
  private var hasRefused = false
  private var acknowledged: UInt64?
  private var hasFailed = false

  /// Runs `device` on `loop`. `displayWake` is signalled by the `wake` of the device's display source. `onFailure` is
  /// called once, with the host fault after which the device cannot go on, such as a full disk under a recording.
  public init(
    _ device: Device, loop: EventLoop, displayWake: EventCounter? = nil, log: Logger,
    onFailure: @escaping (any Error) -> Void
  ) throws(SystemError) {
    self.device = device
    self.log = RateLimitedLog(log)
    self.onFailure = onFailure
    timer = try Timer()
    frontEndDisplay = try FrontEndDisplay(device.display, loop: loop, log: self.log)
    device.onRefusal = { [weak self] in self?.logRefusal($0) }
    device.onFailure = { [weak self] in self?.fail($0) }
    device.onTrouble = { [weak self] in self?.log.log(.warning, $0) }
    device.onDeadline = { [timer, unowned device] _ in timer.set(after: device.timeLeft) }
    try loop.watch(timer.descriptor) { [self] in advance() }
    for events in device.rendererEvents { try loop.watch(events) { [device] in device.rendererProgressed() } }
    guard let displayWake else { return }
    try loop.watch(displayWake.descriptor) { [self] in
      displayWake.drain()
      attempt { try device.display.serve() }
    }
  }

  /// Asks the virtual machine's own display for its outputs whenever the driver asks for them, and passes what it replies to
  /// `outputs`; `isAwaited` is true while the driver waits for it.
  func followFrontEnd(_ outputs: @escaping (_ outputs: [Output], _ isAwaited: Bool) -> Void) {
    frontEndDisplay.onOutputs = outputs
    device.onOutputsAsked = { [weak self] in self?.frontEndDisplay.askOutputs($0) ?? false }
  }

  /// The front end is gone: its display gets no frame any more.
  public func frontEndLeft() {
    frontEndDisplay.detach()
  }

  /// Logs events of the drivers that `server` serves, passes its host faults to `onFailure`, and sends frames to the virtual
  /// machine's own display when the front end gives a socket for that.
  public func observe(_ server: Server) {
    server.onHostFault = { [weak self] in self?.fail($0) }
    server.onDriverEvent = { [weak self] event in
      switch event {
      case .featuresAcknowledged(let features): self?.logFeatures(features)
      case .reset: self?.hasRefused = false
      case .displaySocket(let socket): self?.frontEndDisplay.attach(socket)
      }
    }
  }

  private func logFeatures(_ features: UInt64) {
    // A guest may choose any number of times; only changes are logged.
    guard features != acknowledged else { return }
    acknowledged = features
    log.log(.info, "the driver chose its features", ["features": "\(DeviceFeatures(rawValue: features))"])
    let chosen = DeviceFeatures(rawValue: features)
    guard device.pace != .immediate, !chosen.contains(.resourceBlob) || chosen.contains(.virgl) else { return }
    log.log(
      .warning, "a Linux guest does not wait for the pace with these features: it needs resource-blob without virgl")
  }

  /// Logs the first refused command of a guest at the level info, and further ones at the level debug.
  private func logRefusal(_ refusal: String) {
    if hasRefused {
      log.log(.debug, refusal)
    } else {
      log.log(.info, "\(refusal) (further refusals are logged at the level debug)")
    }
    hasRefused = true
  }

  private func advance() {
    timer.acknowledge()
    attempt { try device.advance() }
  }

  private func attempt(_ body: () throws -> Void) {
    guard !hasFailed else { return }
    do { try body() } catch { fail(error) }
  }

  private func fail(_ error: any Error) {
    guard !hasFailed else { return }
    hasFailed = true
    onFailure(error)
  }
}

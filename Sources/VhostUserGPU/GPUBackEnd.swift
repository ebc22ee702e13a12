public import LinuxIO
public import Logging
public import VhostUser
public import VirtioGPU
public import Virtqueue

/// A virtio-gpu device behind a vhost-user socket: what QEMU calls a vhost-user-gpu back end.
///
/// It passes requests to the `Device` of VirtioGPU and keeps what the protocol adds: the log, and the display socket of
/// the front end; and it wakes the device when its clock or its renderer say so. Everything runs on the thread of the
/// server's event loop.
public final class GPUBackEnd: VirtioDevice {
  /// The queues of a virtio-gpu device, by their index.
  private enum Queue {
    static let control = 0
    static let cursor = 1
  }

  private let device: Device
  private let log: RateLimitedLog
  private let onFailure: (any Error) -> Void
  private let timer: Timer
  private var displaySocket: Descriptor?
  /// True when a log has heard of a refusal since the guest started.
  private var hasRefused = false
  private var acknowledged: UInt64?
  private var hasFailed = false

  /// Serves `device` on `loop`. `onFailure` hears, once, of the host fault that makes it impossible to go on, such as a
  /// full disk under a dump; requests are left unanswered from then on.
  public init(
    _ device: Device, loop: EventLoop, log: Logger, onFailure: @escaping (any Error) -> Void
  ) throws(SystemError) {
    self.device = device
    self.log = RateLimitedLog(log)
    self.onFailure = onFailure
    timer = try Timer()
    device.onRefusal = { [weak self] in self?.tell($0) }
    device.onTrouble = { [weak self] in self?.log.log(.warning, $0) }
    device.onDeadline = { [timer, unowned device] _ in timer.set(after: device.timeLeft) }
    try loop.watch(timer.descriptor) { [weak self] in self?.timeIsUp() }
    for events in device.rendererEvents { try loop.watch(events) { [weak self] in self?.device.rendererProgressed() } }
  }

  /// What the device can do.
  public var offeredFeatures: UInt64 { device.offered.rawValue }

  /// The control queue and the cursor queue.
  public var queueCount: Int { 2 }

  /// Where guests see blobs of the host; nil: nowhere. To be set before a front end comes.
  public var hostVisible: ServedHostVisibleRegion? {
    didSet { device.hostVisible = hostVisible }
  }

  /// The host-visible region, if there is one.
  public var sharedMemoryRegions: [UInt8: UInt64] {
    hostVisible.map { [ServedHostVisibleRegion.id: $0.capacity] } ?? [:]
  }

  /// The device's own.
  public var configuration: [UInt8] { device.configuration }

  /// The device judges.
  public func writeConfiguration(_ bytes: [UInt8], at offset: Int) {
    device.writeConfiguration(bytes, at: offset)
  }

  /// Passed on.
  public func featuresAcknowledged(_ features: UInt64) {
    device.acknowledge(features: features)
    // A guest may choose as often as it likes; a log hears of what is new.
    guard features != acknowledged else { return }
    acknowledged = features
    log.log(.info, "the driver chose its features", ["features": "\(DeviceFeatures(rawValue: features))"])
    let chosen = DeviceFeatures(rawValue: features)
    guard device.pace != .immediate, !chosen.contains(.resourceBlob) || chosen.contains(.virgl) else { return }
    log.log(
      .warning, "a Linux guest does not wait for the pace with these features: it needs resource-blob, and no virgl")
  }

  /// Passed on.
  public func memoryChanged(_ memory: GuestMemory) {
    guard !hasFailed else { return }
    attempt { try device.memoryChanged(memory) }
  }

  /// Executes the request; the answer goes out once every sink took what it showed.
  public func process(_ request: VirtioRequest) {
    guard !hasFailed else { return }
    attempt {
      if request.queue == Queue.control {
        let receipt = request.receipt
        try device.handleControl(request.chain) { receipt.complete(written: $0) }
      } else {
        let receipt = request.receipt
        try device.handleCursor(request.chain) { receipt.complete(written: $0) }
      }
    }
  }

  /// What the device still holds of the control queue goes out now.
  public func queueStopped(_ queue: Int) {
    guard queue == Queue.control, !hasFailed else { return }
    attempt { try device.controlQueueStopped() }
  }

  /// The guest starts over.
  public func reset() {
    guard !hasFailed else { return }
    hasRefused = false
    attempt { try device.reset() }
    displaySocket = nil
  }

  /// Keeps the front end's display socket open, and the one before closes: QEMU sends one whenever the guest starts,
  /// and spins when its other end goes away.
  public func displaySocket(_ socket: Descriptor) {
    displaySocket = socket
  }

  /// A guest's first mistake is worth a line; one that makes many fills no log with them.
  private func tell(_ refusal: String) {
    if hasRefused {
      log.log(.debug, refusal)
    } else {
      log.log(.info, "\(refusal) (what else is refused is told at the level debug)")
    }
    hasRefused = true
  }

  private func timeIsUp() {
    timer.acknowledge()
    guard !hasFailed else { return }
    attempt { try device.advance() }
  }

  private func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      hasFailed = true
      onFailure(error)
    }
  }
}

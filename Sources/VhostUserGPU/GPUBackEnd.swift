public import LinuxIO
public import Logging
public import VhostUser
public import VirtioGPU
public import Virtqueue

/// A virtio-gpu device behind a vhost-user socket: what QEMU calls a vhost-user-gpu back end.
///
/// It passes requests to the `Device` of VirtioGPU and keeps what the protocol adds: the log, and the display socket of
/// the front end. Everything runs on the thread of the server's event loop.
public final class GPUBackEnd: VhostUserDevice {
  /// The queues of a virtio-gpu device, by their index.
  private enum Queue {
    static let control = 0
    static let cursor = 1
  }

  private let device: Device
  private let log: Logger
  private let onFailure: (any Error) -> Void
  private var displaySocket: Descriptor?
  private var acknowledged: UInt64?
  private var hasFailed = false

  /// Serves `device`. `onFailure` hears, once, of the host fault that makes it impossible to go on, such as a full disk
  /// under a dump; requests are left unanswered from then on.
  public init(_ device: Device, log: Logger, onFailure: @escaping (any Error) -> Void) {
    self.device = device
    self.log = log
    self.onFailure = onFailure
    device.onRefusal = { log.debug("\($0)") }
  }

  /// What the device can do.
  public var offeredFeatures: UInt64 { DeviceFeatures.edid.rawValue }

  /// The control queue and the cursor queue.
  public var queueCount: Int { 2 }

  /// Where guests see blobs of the host; nil: nowhere. To be set before a front end comes, and given to the device.
  public var hostVisible: ServedHostVisibleRegion?

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
    log.info("the driver chose its features", metadata: ["edid": "\(features & DeviceFeatures.edid.rawValue != 0)"])
  }

  /// Passed on.
  public func memoryChanged(_ memory: GuestMemory) {
    device.memoryChanged(memory)
  }

  /// Executes the request; the answer goes out once every sink took what it showed.
  public func process(_ request: DeviceRequest) {
    guard !hasFailed else { return }
    attempt {
      if request.queue == Queue.control {
        request.complete(written: try device.handleControl(request.chain))
      } else {
        try device.handleCursor(request.chain)
        request.complete(written: 0)
      }
    }
  }

  /// The guest starts over.
  public func reset() {
    guard !hasFailed else { return }
    attempt { try device.reset() }
    displaySocket = nil
  }

  /// Keeps the front end's display socket open, and the one before closes: QEMU sends one whenever the guest starts,
  /// and spins when its other end goes away.
  public func displaySocket(_ socket: Descriptor) {
    displaySocket = socket
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

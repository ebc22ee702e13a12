public import Display
public import LinuxIO
public import VirtioGPU
internal import Virtqueue

/// A device in the same process: a kick executes the requests before it returns, so nothing depends on time.
public final class InProcessLink: DeviceLink {
  /// The device.
  public let device: Device
  /// What was negotiated: ring features, and those of the device.
  public let features: UInt64
  private let ram: GuestRAM
  private var queues: [Virtqueue] = []

  /// Connects a guest with memory `ram` to `device`, acknowledging what it offers of `features`: of those of rings, it is
  /// `VIRTIO_F_VERSION_1`, event index and indirect descriptors.
  public init(
    _ device: Device, ram: GuestRAM, features: UInt64 = 1 << 32 | 1 << 29 | 1 << 28 | DeviceFeatures.all.rawValue
  ) {
    self.device = device
    self.ram = ram
    self.features = features & ~DeviceFeatures.all.rawValue | features & device.offered.rawValue
  }

  /// Called when an answer is waited for that only time brings, with the moment it comes at: whoever owns the device's
  /// clock sets it forward.
  public var onWait: (DisplayTime) -> Void = { _ in }

  /// Negotiates and starts.
  public func start(control: DriverQueue, cursor: DriverQueue) throws {
    device.acknowledge(features: features)
    try device.memoryChanged(ram.memory)
    let rings = VirtqueueFeatures(acknowledged: features)
    queues = try [control, cursor].map { try Virtqueue(layout: $0.layout, memory: ram.memory, features: rings) }
  }

  /// Executes what waits in the queue.
  public func kick(_ queue: Int) throws {
    guard queues.indices.contains(queue) else { return }
    let ring = queues[queue]
    repeat {
      while let taken = try ring.take() {
        switch taken {
        case .malformed(let reason): device.onRefusal("a request was given back unread: \(reason)")
        case .request(let chain): try handle(chain, of: ring, queue)
        }
      }
    } while ring.askForKick()
  }

  private func handle(_ chain: DescriptorChain, of ring: Virtqueue, _ queue: Int) throws {
    if queue == 0 {
      try device.handleControl(chain) { ring.give(back: chain.head, written: $0) }
    } else {
      try device.handleCursor(chain) { ring.give(back: chain.head, written: $0) }
    }
  }

  /// Most was done during the kick; what waits for the clock or for the renderer is done here.
  public func wait(_ queue: Int) throws {
    for events in device.rendererEvents where try events.wait(for: .readable, timeoutMilliseconds: 0) {
      return device.rendererProgressed()
    }
    guard let deadline = device.deadline else { return }
    if let events = device.rendererEvents.first, device.isRendering {
      guard try events.wait(for: .readable, timeoutMilliseconds: Self.patience) else {
        throw DriverError.noAnswer(seconds: Double(Self.patience) / 1000)
      }
      return device.rendererProgressed()
    }
    onWait(deadline)
    try device.advance()
  }

  /// How long a renderer may take, in milliseconds.
  private static let patience: Int32 = 10_000

  /// Where the guest sees blobs of the host; nil: nowhere. To be set before the start.
  public var region: InProcessHostVisibleRegion? {
    didSet { device.hostVisible = region }
  }

  /// What the guest sees there.
  public var hostVisible: MemoryWindow? { region?.window }

  /// Reads the configuration space.
  public func configuration(count: Int) -> [UInt8] {
    Array(device.configuration.prefix(count))
  }

  /// Writes the configuration space.
  public func writeConfiguration(_ bytes: [UInt8], at offset: Int) {
    device.writeConfiguration(bytes, at: offset)
  }

  /// Resets the device.
  public func reset() throws {
    queues = []
    try device.reset()
  }
}

public import LinuxIO
public import VirtioGPU
internal import Virtqueue

/// A device in the same process: a kick executes the requests before it returns, so nothing depends on time.
public final class InProcessLink: DeviceLink {
  /// The device.
  public let device: Device
  /// `VIRTIO_F_VERSION_1`, indirect descriptors, event index, EDID.
  public let features: UInt64
  private let ram: GuestRAM
  private var queues: [Virtqueue] = []

  /// Connects a guest with memory `ram` to `device`, acknowledging `features`.
  public init(_ device: Device, ram: GuestRAM, features: UInt64 = 1 << 32 | 1 << 29 | 1 << 28 | 1 << 1) {
    self.device = device
    self.ram = ram
    self.features = features
  }

  /// Negotiates and starts.
  public func start(control: DriverQueue, cursor: DriverQueue) throws {
    device.acknowledge(features: features)
    device.memoryChanged(ram.memory)
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
        case .request(let chain): ring.give(back: chain.head, written: try handle(chain, of: queue))
        }
      }
    } while ring.askForKick()
  }

  private func handle(_ chain: DescriptorChain, of queue: Int) throws -> UInt32 {
    if queue == 0 { return try device.handleControl(chain) }
    try device.handleCursor(chain)
    return 0
  }

  /// Everything was done during the kick.
  public func wait(_ queue: Int) {}

  /// Where the guest sees blobs of the host; nil: nowhere. To be set before the start, and given to the device.
  public var region: InProcessHostVisibleRegion?

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

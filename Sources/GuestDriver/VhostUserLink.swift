public import LinuxIO
public import VhostUser
public import Virtio
public import VirtioGPU

/// A device in another process, or on another thread, behind a vhost-user socket.
public final class VhostUserLink: DeviceLink {
  /// How many seconds a device may take for one response.
  private static let patience = 10
  /// The feature bits that both sides agreed on.
  public let features: UInt64
  /// The connection.
  public let frontEnd: FrontEnd
  private let ram: GuestRAM
  private var events: [FrontEnd.QueueEvents] = []
  private var bases: [UInt16] = []

  /// Agrees on features with a back end, of those in `wanted`, and shares the guest's memory with it.
  public init(
    _ frontEnd: FrontEnd, ram: GuestRAM,
    features wanted: UInt64 = FeatureBits.ringFeatures | DeviceFeatures.all.rawValue
  )
    throws
  {
    self.frontEnd = frontEnd
    self.ram = ram
    features = try frontEnd.negotiate(
      features: wanted, protocolFeatures: .supported.union(.sharedMemorySupport))
    try frontEnd.openSharedMemory()
    let region = MemoryRegion(
      guestAddress: GuestRAM.guestBase, count: ram.count, userAddress: GuestRAM.userBase, fileOffset: 0)
    try frontEnd.share([SharedRegion(region, file: ram.file)])
  }

  /// Starts both queues.
  public func start(control: DriverQueue, cursor: DriverQueue) throws {
    events = [try frontEnd.startQueue(0, layout: control.layout), try frontEnd.startQueue(1, layout: cursor.layout)]
  }

  /// Signals the queue's kick.
  public func kick(_ queue: Int) {
    if events.indices.contains(queue) { events[queue].kick.signal() }
  }

  /// What the guest sees of the host-visible region. The device shows things there during ``wait(_:)``.
  public var hostVisible: MemoryWindow? { frontEnd.sharedMemory[Device.hostVisibleRegionID] }

  /// Waits for the queue's call, and does meanwhile what the device asks for.
  public func wait(_ queue: Int) throws {
    guard events.indices.contains(queue) else { return }
    guard try frontEnd.wait(for: events[queue].call, within: .seconds(Self.patience)) else {
      throw DriverError.noResponse(seconds: Double(Self.patience))
    }
  }

  /// Asks for the configuration space.
  public func configuration(count: Int) throws -> [UInt8] {
    try frontEnd.readConfiguration(at: 0, count: count)
  }

  /// Writes the configuration space.
  public func writeConfiguration(_ bytes: [UInt8], at offset: Int) throws {
    try frontEnd.writeConfiguration(bytes, at: offset)
  }

  /// Stops both queues where they are, as a virtual machine does that is paused.
  public func pause() throws {
    bases = try events.indices.map { try frontEnd.stopQueue($0) }
    events = []
  }

  /// Lets both queues go on from where they were.
  public func resume(control: DriverQueue, cursor: DriverQueue) throws {
    events = try zip([control, cursor], bases).enumerated().map { index, queue in
      try frontEnd.startQueue(index, layout: queue.0.layout, base: queue.1)
    }
  }

  /// Stops the queues and resets the device.
  public func reset() throws {
    try pause()
    try frontEnd.resetDevice()
    try frontEnd.acknowledge(features: features)
  }
}

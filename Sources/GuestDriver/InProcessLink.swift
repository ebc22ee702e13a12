public import Display
public import LinuxIO
public import Virtio
public import VirtioGPU
public import Virtqueue

/// The transport of a device in the same process: a kick serves the queue before it returns, so nothing depends on time.
///
/// What the device completes later (memory changes, requests that wait for a renderer, a clock or a sink) goes on in
/// ``wait(_:)``.
public final class InProcessLink: DeviceLink {
  /// The device.
  public let device: Device
  /// What was negotiated: ring features, and those of the device.
  public let features: UInt64
  /// What the guest sees in shared memory regions, by their number.
  public let sharedMemory: [UInt8: MemoryWindow]
  /// Called when a response is awaited that only time brings, with the moment it comes at: the owner of the device's clock
  /// sets it forward.
  public var onWait: (DisplayTime) -> Void = { _ in }

  private var memory: GuestMemory
  private var queues: [(service: QueueService, layout: VirtqueueLayout)] = []
  /// True when the device may accept requests of queues that it held.
  private var mayResume = false
  /// Why a queue does not run.
  private var fault: VirtqueueError?
  /// Rises with each start, memory change and reset: a late completion of one before has no effect.
  private var generation = 0

  /// Connects a guest with memory `ram` to `device`.
  ///
  /// `features` are the bits that the guest wants. Those of virtio-gpu that the device does not offer are left out; those of
  /// rings are acknowledged as they are.
  public init(
    _ device: Device, ram: GuestRAM, features: UInt64 = FeatureBits.ringFeatures | DeviceFeatures.all.rawValue
  ) {
    self.device = device
    memory = ram.memory
    self.features = features & ~DeviceFeatures.all.rawValue | features & device.offered.rawValue
    sharedMemory = device.sharedMemoryRegions.mapValues(MemoryWindow.init)
    device.attach(to: self)
    device.onAcceptingRequests = { [weak self] in self?.mayResume = true }
  }

  // MARK: - The guest's life

  /// Negotiates and starts.
  public func start(control: DriverQueue, cursor: DriverQueue) throws {
    device.acknowledge(features: features)
    queues = [control, cursor].enumerated().map { (QueueService(index: $0), $1.layout) }
    try share(memory)
    if let fault { throw fault }
  }

  /// Changes the guest's memory. Queues go on where they lie in it when the device has let go of the memory before.
  public func share(_ memory: GuestMemory) throws {
    for queue in queues { queue.service.pause() }
    let former = self.memory
    self.memory = memory
    generation += 1
    let current = generation
    try device.memoryChanged(memory) { [weak self] in
      withExtendedLifetime(former) {}
      guard let self, generation == current else { return }
      runQueues()
    }
  }

  /// Stops both queues where they are, as a virtual machine does that is paused.
  public func pause() throws {
    for queue in queues {
      try device.queueStopped(queue.service.index)
      queue.service.stop()
    }
  }

  /// Lets both queues go on from where they were.
  public func resume(control: DriverQueue, cursor: DriverQueue) throws {
    runQueues()
    if let fault { throw fault }
    for index in queues.indices { try serve(index) }
  }

  /// Resets the device. Its requests are forgotten.
  public func reset() throws {
    for queue in queues { queue.service.stop() }
    queues = []
    fault = nil
    generation += 1
    try device.reset {}
    for window in sharedMemory.values { window.unmapAll() }
  }

  private func runQueues() {
    fault = nil
    let rings = VirtqueueFeatures(acknowledged: features)
    for queue in queues {
      do {
        try queue.service.run(queue.layout, memory: memory, features: rings)
      } catch {
        fault = error
      }
    }
    // Requests that came meanwhile are served by the next kick or wait.
    mayResume = true
  }

  // MARK: - Requests

  /// Executes what waits in the queue.
  public func kick(_ queue: Int) throws {
    guard queues.indices.contains(queue) else { return }
    try resumeQueues()
    try serve(queue)
  }

  private func serve(_ index: Int) throws {
    // A reset meanwhile has taken the queues away.
    guard queues.indices.contains(index) else { return }
    let service = queues[index].service
    while queues.indices.contains(index), queues[index].service === service {
      let turn = try service.serve(device) { [device] in device.onRefusal("a request was given back unread: \($0)") }
      guard turn == .unfinished else { return }
    }
  }

  /// Serves the queues whose requests the device may accept now.
  private func resumeQueues() throws {
    while mayResume {
      mayResume = false
      for index in queues.indices { try serve(index) }
    }
  }

  /// Most was done during the kick. What waits for a sink, a renderer or the clock is done here.
  public func wait(_ queue: Int) throws {
    try progress()
    try resumeQueues()
  }

  private func progress() throws {
    try device.display.serve()
    if mayResume { return }
    for events in device.rendererEvents where try events.wait(for: .readable, timeoutMilliseconds: 0) {
      return try rendererProgressed()
    }
    if device.display.isHeld { return try device.display.waitUntilReleased() }
    if device.isRendering, try waitForRenderers() { return try rendererProgressed() }
    guard let deadline = device.deadline else { return }
    onWait(deadline)
    try device.advance()
  }

  /// Waits until a renderer has progressed; false: none has events.
  private func waitForRenderers() throws -> Bool {
    let all = device.rendererEvents
    guard !all.isEmpty else { return false }
    let loop = try EventLoop()
    var hasProgressed = false
    for events in all { try loop.watch(events) { hasProgressed = true } }
    let end = Alarm.now + UInt64(Self.patience) * 1_000_000
    while !hasProgressed {
      let now = Alarm.now
      guard now < end else { throw DriverError.noResponse(seconds: Double(Self.patience) / 1000) }
      try loop.runOnce(timeoutMilliseconds: Int32(clamping: (end - now) / 1_000_000 + 1))
    }
    return true
  }

  private func rendererProgressed() throws {
    var failure: (any Error)?
    device.onFailure = { failure = failure ?? $0 }
    device.rendererProgressed()
    if let failure { throw failure }
  }

  /// How long a renderer may take, in milliseconds.
  private static let patience: Int32 = 10_000

  // MARK: - Configuration space

  /// Reads the configuration space.
  public func configuration(count: Int) -> [UInt8] {
    Array(device.configuration.prefix(count))
  }

  /// Writes the configuration space.
  public func writeConfiguration(_ bytes: [UInt8], at offset: Int) {
    device.writeConfiguration(bytes, at: offset)
  }
}

/// Files are shown at once.
extension InProcessLink: SharedMemoryMapper {
  /// What the guest sees of the host-visible region.
  public var hostVisible: MemoryWindow? { sharedMemory[Device.hostVisibleRegionID] }

  /// The length of a region.
  public func sharedMemoryCount(ofRegion regionID: UInt8) -> UInt64 { sharedMemory[regionID]?.count ?? 0 }

  /// Maps at once.
  public func map(
    _ file: Descriptor, fileOffset: UInt64, count: UInt64, ofRegion regionID: UInt8, at offset: UInt64,
    isWritable: Bool, completion: @escaping (Bool) -> Void
  ) {
    let mapped: Void? = try? sharedMemory[regionID]?.map(
      file, from: fileOffset, count: count, at: offset, isWritable: isWritable)
    completion(mapped != nil)
  }

  /// Unmaps at once.
  public func unmap(
    count: UInt64, ofRegion regionID: UInt8, at offset: UInt64, completion: @escaping (Bool) -> Void
  ) {
    let unmapped: Void? = try? sharedMemory[regionID]?.unmap(count: count, at: offset)
    completion(unmapped != nil)
  }
}

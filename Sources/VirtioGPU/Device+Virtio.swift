public import Virtio

/// The device as a transport sees it: a control queue and a cursor queue.
extension Device: VirtioDevice {
  /// The queues of a virtio-gpu device, by their index.
  private enum Queue {
    static let control = 0
    static let cursor = 1
  }

  /// The number of the shared memory region in which guests see blobs of the host (specification:
  /// `VIRTIO_GPU_SHM_ID_HOST_VISIBLE`).
  public static let hostVisibleRegionID: UInt8 = 1

  /// Of a GPU.
  public var deviceID: UInt32 { 16 }

  /// What drivers may choose from.
  public var offeredFeatures: UInt64 { offered.rawValue }

  /// The control queue and the cursor queue.
  public var queueCount: Int { 2 }

  /// The host-visible region, if there is one.
  public var sharedMemoryRegions: [UInt8: UInt64] {
    hostVisibleCapacity > 0 ? [Self.hostVisibleRegionID: hostVisibleCapacity] : [:]
  }

  /// Shows blobs in the host-visible region of this transport, if the device has such a region.
  public func attach(to transport: any SharedMemoryMapper) {
    guard hostVisibleCapacity > 0 else { return }
    let region = TransportRegion(transport)
    transportRegion = region
    hostVisible = region
  }

  /// Executes the request; the response goes out when the command is complete.
  public func process(_ request: VirtioRequest) throws {
    let receipt = request.receipt
    if request.queue == Queue.control {
      try handleControl(request.chain) { receipt.complete(written: $0) }
    } else {
      try handleCursor(request.chain) { receipt.complete(written: $0) }
    }
  }

  /// Responds to the pending commands of the control queue.
  public func queueStopped(_ queue: Int) throws {
    if queue == Queue.control { try controlQueueStopped() }
  }
}

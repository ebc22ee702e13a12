public import LinuxIO
internal import Virtio
public import Virtqueue
internal import Wire

extension FrontEnd {
  /// The three counters of a queue that runs.
  public struct QueueEvents: Sendable {
    /// Raised by the driver: there are requests.
    public let kick: EventCounter
    /// Raised by the device: requests have been given back.
    public let call: EventCounter
    /// Raised by the device when it cannot make sense of the ring.
    public let error: EventCounter
  }

  /// Sets a queue up at `layout` (guest-physical), starts and enables it. It goes on from `base`, zero for a new ring.
  public func startQueue(
    _ index: Int, layout: VirtqueueLayout, base: UInt16 = 0
  ) throws(FrontEndError) -> QueueEvents {
    let events: QueueEvents
    do {
      events = QueueEvents(kick: try EventCounter(), call: try EventCounter(), error: try EventCounter())
    } catch {
      throw .system(error)
    }
    let index = UInt32(clamping: index)
    try tell(.setVringNum(VringState(index: index, value: UInt32(layout.size))))
    try tell(.setVringBase(VringState(index: index, value: UInt32(base))))
    try tell(.setVringAddr(place(layout, of: index)))
    try tell(.setVringCall(VringEvent(index: index, descriptor: events.call.descriptor)))
    try tell(.setVringErr(VringEvent(index: index, descriptor: events.error.descriptor)))
    try tell(.setVringKick(VringEvent(index: index, descriptor: events.kick.descriptor)))
    if canEnable { try enableQueue(Int(index), true) }
    return events
  }

  /// Lets a queue run, or pauses it.
  public func enableQueue(_ index: Int, _ isEnabled: Bool) throws(FrontEndError) {
    try tell(.setVringEnable(VringState(index: UInt32(clamping: index), value: isEnabled ? 1 : 0)))
  }

  /// Stops a queue and returns the base from which it can go on.
  @discardableResult
  public func stopQueue(_ index: Int) throws(FrontEndError) -> UInt16 {
    let index = UInt32(clamping: index)
    if canEnable { try enableQueue(Int(index), false) }
    let reply = try ask(.getVringBase(VringState(index: index, value: 0)))
    do {
      var reader = ByteReader(reply)
      let state = try VringState(&reader)
      if state.index == index, reader.remaining == 0, let base = UInt16(exactly: state.value) { return base }
    } catch {}
    throw .wrongReply(request: FrontEndRequest.getVringBase.rawValue, count: reply.count)
  }

  private var canEnable: Bool { features & FeatureBits.protocolFeatures != 0 }

  private func place(_ layout: VirtqueueLayout, of index: UInt32) throws(FrontEndError) -> VringAddress {
    VringAddress(
      index: index, descriptorTable: try userAddress(of: layout.descriptorTable),
      usedRing: try userAddress(of: layout.usedRing), availableRing: try userAddress(of: layout.availableRing))
  }
}

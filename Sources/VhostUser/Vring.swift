internal import LinuxIO
internal import Virtio
internal import Virtqueue

/// One queue of a session: what the front end has said about it, and the service that follows.
///
/// It runs while it is started (a kick was set since it last stopped), enabled, and found in memory.
final class Vring {
  let service: QueueService
  var index: Int { service.index }

  // What the front end said.
  var size: UInt16 = 0
  var address: VringAddress?
  var isStarted = false
  var isEnabled = false
  var kick: EventCounter?
  var error: EventCounter?

  /// Waits for the kick.
  var watch: EventLoop.Registration?
  /// True while a turn is due without a kick.
  var isDue = false

  init(index: Int) {
    service = QueueService(index: index)
  }

  /// Looks the ring up in memory, unless it was found already.
  func run(in memory: GuestMemory, features: VirtqueueFeatures) throws {
    guard !service.isRunning, !service.isBroken else { return }
    guard let address, size > 0 else { throw UndescribedVring() }
    let table = VirtqueueLayout(size: size, descriptorTable: 0, availableRing: 0, usedRing: 0)
    let layout = VirtqueueLayout(
      size: size,
      descriptorTable: try memory.guestAddress(ofUser: address.descriptorTable, count: table.descriptorTableCount),
      availableRing: try memory.guestAddress(ofUser: address.availableRing, count: table.availableRingCount),
      usedRing: try memory.guestAddress(ofUser: address.usedRing, count: table.usedRingCount))
    try service.run(layout, memory: memory, features: features)
  }

  /// Stops the ring. Requests that the device still has are forgotten.
  func stop() {
    service.stop()
    isStarted = false
    kick = nil
  }
}

/// A ring was started before it was described.
struct UndescribedVring: Error, CustomStringConvertible {
  var description: String { "it was started before its size and place were set" }
}

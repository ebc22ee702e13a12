import GuestDriver
import VirtioGPU
import Virtqueue

/// Memory and queues from one start of the driver to the next, and which requests are under way.
struct RunningGuest {
  static let queueSize: UInt16 = 16
  static let room: UInt64 = 32 << 10
  /// Room for one response. Requests of both queues may wait for theirs.
  static let responseRoom: UInt64 = 4096

  /// A request that was submitted, and the response it is due.
  struct Request {
    /// Rises from one to the next.
    let number: Int
    /// As many of its bytes as the device takes.
    let bytes: [UInt8]
    /// What its header says; nil when it has none.
    let header: ControlHeader?
    /// Where it waits its turn; nil: nowhere.
    let timeline: Timeline?
    let response: [DriverQueue.Buffer]
    /// Which of the places for responses that is.
    let slot: Int
  }

  let ram: GuestRAM
  let link: InProcessLink
  let queues: [DriverQueue]
  /// Where requests, responses, indirect tables and pixels lie, guest-physical.
  let requests: UInt64
  let responses: UInt64
  let tables: UInt64
  let pixels: UInt64
  /// Where the next of each is written.
  var nextRequest: UInt64 = 0
  var nextTable: UInt64 = 0
  var freeSlots = Array(0..<2 * Int(queueSize))
  var lastNumber = 0
  /// By queue and first descriptor.
  var pending: [[UInt16: Request]] = [[:], [:]]
  /// False once the guest has written into rings or requests by itself.
  var isOrderly = true
  /// True once the device was told of other memory than the guest has: then late responses go astray, or nowhere.
  var hasMoved = false
  /// True when nothing waited before it came: all responses are its own. Those to another guest would go astray, into
  /// memory that is no longer that guest's.
  let isAlone: Bool

  init(_ device: Device, features: UInt64, isAlone: Bool) throws {
    ram = try GuestRAM(count: ScriptedGuest.memorySize)
    link = InProcessLink(device, ram: ram, features: features)
    self.isAlone = isAlone
    let rings = VirtqueueFeatures(acknowledged: features)
    queues = try (0..<2).map { [ram] _ in try DriverQueue(size: Self.queueSize, ram: ram, features: rings) }
    requests = try ram.allocate(Self.room)
    responses = try ram.allocate(Self.responseRoom * UInt64(freeSlots.count))
    tables = try ram.allocate(Self.room)
    pixels = try ram.allocate(ScriptedGuest.pixelRoom)
    try link.start(control: queues[0], cursor: queues[1])
  }

  /// True when chains may lie in tables of their own.
  var hasIndirect: Bool { link.features & 1 << 28 != 0 }
  /// True when fences may belong to rings of contexts.
  var hasRings: Bool { DeviceFeatures(rawValue: link.features).consistent.contains(.contextInit) }

  /// Where a fence with this header waits its turn.
  func timeline(of header: ControlHeader?) -> Timeline? {
    guard let header, header.flags & ControlHeader.fenceFlag != 0 else { return nil }
    guard hasRings, header.flags & ControlHeader.ringFlag != 0 else { return .global }
    return .ring(context: header.contextID, index: header.ringIndex)
  }
}

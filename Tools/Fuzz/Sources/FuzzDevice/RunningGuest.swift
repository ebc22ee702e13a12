import GuestDriver
import VirtioGPU
import Virtqueue

/// Memory and queues from one start of the driver to the next, and which requests are under way.
struct RunningGuest {
  static let queueSize: UInt16 = 16
  static let room: UInt64 = 32 << 10

  /// A request that was submitted, and the answer it is due.
  struct Request {
    /// As many of its bytes as the device takes.
    let bytes: [UInt8]
    let answer: [DriverQueue.Buffer]
  }

  let ram: GuestRAM
  let link: InProcessLink
  let queues: [DriverQueue]
  /// Where requests, answers, indirect tables and pictures lie, guest-physical.
  let requests: UInt64
  let answers: UInt64
  let tables: UInt64
  let pictures: UInt64
  /// Where the next of each is written.
  var nextRequest: UInt64 = 0
  var nextAnswer: UInt64 = 0
  var nextTable: UInt64 = 0
  /// By queue and first descriptor.
  var pending: [[UInt16: Request]] = [[:], [:]]
  /// False once the guest has written into rings or requests by itself.
  var isOrderly = true

  init(_ device: Device, features: UInt64 = 0x1_3000_0002) throws {
    ram = try GuestRAM(count: ScriptedGuest.memorySize)
    link = InProcessLink(device, ram: ram, features: features)
    let rings = VirtqueueFeatures(acknowledged: features)
    queues = try (0..<2).map { [ram] _ in try DriverQueue(size: Self.queueSize, ram: ram, features: rings) }
    requests = try ram.allocate(Self.room)
    answers = try ram.allocate(Self.room)
    tables = try ram.allocate(Self.room)
    pictures = try ram.allocate(64 << 10)
    try link.start(control: queues[0], cursor: queues[1])
  }

  /// True when chains may lie in tables of their own.
  var hasIndirect: Bool { link.features & 1 << 28 != 0 }
}

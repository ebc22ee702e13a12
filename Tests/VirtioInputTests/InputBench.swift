import Display
import GuestDriver
import LinuxIO
import Testing
import Virtio
import VirtioInput
import Virtqueue
import Wire

/// An event as the guest's driver finds it in a buffer.
struct SeenEvent: Equatable, CustomStringConvertible {
  var type: UInt16
  var code: UInt16
  var value: Int32

  init(_ type: UInt16, _ code: UInt16, _ value: Int32) {
    (self.type, self.code, self.value) = (type, code, value)
  }

  static let report = SeenEvent(0, 0, 0)
  static func key(_ code: UInt16, _ value: Int32) -> SeenEvent { SeenEvent(1, code, value) }
  static func relative(_ code: UInt16, _ value: Int32) -> SeenEvent { SeenEvent(2, code, value) }
  static func absolute(_ code: UInt16, _ value: Int32) -> SeenEvent { SeenEvent(3, code, value) }

  var description: String { "\(type):\(code)=\(value)" }
}

/// An input device and a driver with buffers in its event queue, in one process: what the device is told goes to the driver
/// at once, as far as there are buffers.
final class InputBench {
  let device: InputDevice
  let ram: GuestRAM
  let events: DriverQueue
  let status: DriverQueue
  private(set) var refusals: [String] = []
  private(set) var malformed: [String] = []
  let services = [QueueService(index: 0), QueueService(index: 1)]
  private let buffers: UInt64
  private let size: UInt16
  private var places: [UInt16: UInt64] = [:]
  private var isServing = false
  private let features = VirtqueueFeatures(indirectDescriptors: true, eventIndex: false)

  init(_ kind: InputDeviceKind, buffers size: UInt16 = 64) throws {
    device = InputDevice(kind)
    self.size = size
    ram = try GuestRAM(count: 1 << 20)
    events = try DriverQueue(size: size, ram: ram, features: features)
    status = try DriverQueue(size: 4, ram: ram, features: features)
    buffers = try ram.allocate(UInt64(size) * 8)
    for service in services { service.call = try EventCounter() }
    device.onAcceptingRequests = { [unowned self] in serveHeld() }
    device.onRefusal = { [unowned self] in refusals.append($0) }
    try start()
  }

  /// The driver starts, with every buffer in the queue.
  func start() throws {
    for (service, queue) in zip(services, [events, status]) {
      try service.run(queue.layout, memory: ram.memory, features: features)
    }
    refill()
    try serve()
  }

  /// Puts every buffer that the driver has into the event queue.
  func refill() {
    while true {
      guard let free = (0..<UInt64(size)).map({ buffers + $0 * 8 }).first(where: { !places.values.contains($0) }) else {
        return
      }
      guard let head = events.submit(readable: [], writable: [DriverQueue.Buffer(address: free, length: 8)]) else {
        return
      }
      places[head] = free
    }
  }

  /// Serves both queues, as after a kick.
  func serve() throws {
    guard !isServing else { return }
    isServing = true
    defer { isServing = false }
    for service in services {
      while try service.serve(device, malformed: { self.malformed.append($0) }) == .unfinished {}
    }
  }

  private func serveHeld() {
    guard services[0].isHeld else { return }
    do { try serve() } catch { Issue.record("\(error)") }
  }

  /// The events of all buffers that came back. With `refills`, the buffers go into the queue again until nothing comes.
  func take(refills: Bool = true) throws -> [SeenEvent] {
    var seen: [SeenEvent] = []
    while true {
      let before = seen.count
      while let used = events.collect() {
        guard let place = places.removeValue(forKey: used.head) else { continue }
        guard used.written > 0 else { continue }
        #expect(used.written == 8)
        var reader = ByteReader(try ram.memory.read(at: place, count: 8))
        seen.append(
          SeenEvent(try reader.u16(), try reader.u16(), Int32(bitPattern: try reader.u32())))
      }
      guard refills else { return seen }
      refill()
      try serve()
      if seen.count == before { return seen }
    }
  }

  /// How often the driver was notified since this was last called.
  func notifications() -> UInt64 {
    var count: UInt64 = 0
    while services[0].call?.drain() == true { count += 1 }
    return count
  }

  /// Sends one status to the device.
  func send(status bytes: [UInt8]) throws {
    let place = try ram.allocate(64)
    try ram.memory.write(bytes, at: place)
    _ = status.submit(readable: [DriverQueue.Buffer(address: place, length: UInt32(bytes.count))], writable: [])
    try serve()
  }

  /// Reads the configuration space after a selection.
  func select(_ select: UInt8, _ subselect: UInt8 = 0) -> [UInt8] {
    device.writeConfiguration([select], at: 0)
    device.writeConfiguration([subselect], at: 1)
    let space = device.configuration
    return Array(space[8..<8 + Int(space[2])])
  }
}

import Display
import FuzzSupport
import GuestDriver
import LinuxIO
import Virtio
import VirtioInput
import Virtqueue
import Wire

/// An input device in one process with its user and its guest, both of which do what the fuzzer says.
final class ScriptedInputGuest {
  private static let maximumSteps = 400
  /// Every press that is taken, a release for each key, and motion between each two.
  private static let maximumWaiting = 2 * (256 + KeyCode.allNamed.count) + 2

  private var choices: Choices
  private let device: InputDevice
  private let ram: GuestRAM
  private var queues: [DriverQueue] = []
  private var services: [QueueService] = []
  private let buffers: UInt64
  private let features: VirtqueueFeatures
  private var isServing = false

  init(_ choices: Choices) throws {
    self.choices = choices
    let kinds = InputDeviceKind.allCases
    device = InputDevice(kinds[self.choices.below(kinds.count)])
    features = VirtqueueFeatures(
      indirectDescriptors: self.choices.oneIn(2), eventIndex: self.choices.oneIn(2))
    ram = try GuestRAM(count: 1 << 20)
    buffers = try ram.allocate(4096)
    device.onAcceptingRequests = { [unowned self] in if services.first?.isHeld == true { serve() } }
    try start()
  }

  func run() throws {
    for _ in 0..<Self.maximumSteps where !choices.isEmpty {
      switch choices.below(10) {
      case 0, 1, 2, 3: act()
      case 4, 5: submit()
      case 6: tamper()
      case 7: configure()
      case 8: serve()
      default: try interrupt()
      }
      require(device.waitingCount <= Self.maximumWaiting, "\(device.waitingCount) batches wait")
      require(device.configuration.count == 136, "the configuration space has another size")
    }
  }

  /// A guest that starts anew and is honest is told what was down, and then everything that happens.
  func prove() throws {
    for service in services { service.stop() }
    device.releaseAll()
    device.reset {}
    require(device.waitingCount == 0, "something waits after a reset")
    try start()
    let key: KeyCode? =
      switch device.kind {
      case .keyboard: KeyCode(rawValue: 30)
      case .tablet, .mouse: PointerButton.left.code
      case .touch: nil
      }
    if let key {
      require(device.send(.press(key)) == .taken && device.send(.release(key)) == .taken, "a key is not taken")
    } else {
      let point = DesktopPoint(x: 0, y: 0)
      require(device.send(.touchDown(slot: 0, point)) == .taken, "a finger is not taken")
      require(device.send(.touchUp(slot: 0)) == .taken, "a finger does not go")
    }
    for _ in 0..<2000 where device.waitingCount > 0 {
      _ = queues[0].collect()
      for place in 0..<16 as Range<UInt64> {
        _ = queues[0].submit(readable: [], writable: [.init(address: buffers + place * 8, length: 8)])
      }
      serve()
      while queues[0].collect() != nil {}
    }
    require(device.waitingCount == 0, "an honest guest cannot take everything")
  }

  private func start() throws {
    queues = [
      try DriverQueue(size: 16, ram: ram, features: features), try DriverQueue(size: 4, ram: ram, features: features),
    ]
    services = [QueueService(index: 0), QueueService(index: 1)]
    for (service, queue) in zip(services, queues) {
      service.call = try EventCounter()
      try service.run(queue.layout, memory: ram.memory, features: features)
    }
    serve()
  }

  private func serve() {
    guard !isServing else { return }
    isServing = true
    defer { isServing = false }
    for service in services {
      // A ring that makes no sense ends; nothing else may be thrown.
      do { while try service.serve(device, malformed: { _ in }) == .unfinished {} } catch is VirtqueueError {} catch {
        require(false, "the device threw \(error)")
      }
    }
  }

  /// What a user does.
  private func act() {
    let key = KeyCode(
      rawValue: choices.oneIn(8)
        ? UInt16(truncatingIfNeeded: choices.word()) : UInt16(choices.pick(30, 31, 42, 0x110, 0x111)))
    let slot = choices.oneIn(8) ? Int(choices.word()) : choices.below(10)
    func number() -> Int32 { Int32(bitPattern: choices.oneIn(4) ? choices.word() : UInt32(choices.below(300))) }
    let point = DesktopPoint(x: number(), y: number())
    let repetitions = choices.oneIn(16) ? 300 : 1
    let kind = choices.below(9)
    let ways = (number(), number())
    for _ in 0..<repetitions {
      switch kind {
      case 0: device.send(.press(key))
      case 1: device.send(.release(key))
      case 2: device.send(.position(point))
      case 3: device.send(.motion(x: ways.0, y: ways.1))
      case 4: device.send(.wheel(vertical: ways.0, horizontal: ways.1))
      case 5: device.send(.touchDown(slot: slot, point))
      case 6: device.send(.touchMove(slot: slot, point))
      case 7: device.send(.touchUp(slot: slot))
      default: device.releaseAll()
      }
      if repetitions > 1, kind == 0 { device.send(.release(key)) }
    }
  }

  /// Buffers, most of them as a driver makes them.
  private func submit() {
    let queue = choices.below(4) == 0 ? 1 : 0
    while queues[queue].collect() != nil {}
    let address = choices.oneIn(8) ? choices.long() : buffers + UInt64(choices.below(64)) * 8
    let buffer = DriverQueue.Buffer(address: address, length: choices.oneIn(8) ? choices.word() : 8)
    if queue == 1 {
      try? ram.memory.write(choices.oneIn(2) ? choices.run(atMost: 8) : [0x11, 0, 1, 0, 1, 0, 0, 0], at: buffers)
    }
    let isReadable = choices.oneIn(8) ? queue == 0 : queue == 1
    _ = queues[queue].submit(readable: isReadable ? [buffer] : [], writable: isReadable ? [] : [buffer])
    if choices.oneIn(2) { serve() }
  }

  /// What no guest should do.
  private func tamper() {
    let queue = queues[choices.below(2)]
    switch choices.below(4) {
    case 0: queue.publish(head: UInt16(truncatingIfNeeded: choices.word()))
    case 1: queue.forceAvailableIndex(UInt16(truncatingIfNeeded: choices.word()))
    case 2:
      queue.writeDescriptor(
        DriverQueue.RawDescriptor(
          address: choices.oneIn(4) ? choices.long() : buffers &+ UInt64(choices.below(4096)), length: choices.word(),
          flags: UInt16(choices.below(8)), next: UInt16(choices.below(20))), at: UInt16(choices.below(4)))
    default:
      try? ram.memory.write(choices.run(atMost: 32), at: GuestRAM.guestBase &+ UInt64(choices.below(1 << 16)))
    }
  }

  private func configure() {
    device.writeConfiguration(choices.run(atMost: 136), at: choices.below(4))
    let space = device.configuration
    require(space[2] <= 128, "\(space[2]) bytes of 128 are said to be there")
  }

  /// The guest is stopped and goes on, changes its memory, or resets the device.
  private func interrupt() throws {
    switch choices.below(3) {
    case 0:
      for service in services {
        device.queueStopped(service.index)
        service.stop()
      }
      if choices.oneIn(4) { act() }
      for (service, queue) in zip(services, queues) {
        try? service.run(queue.layout, memory: ram.memory, features: features)
      }
    case 1:
      for service in services { service.pause() }
      act()
      let memory = choices.oneIn(4) ? GuestMemory.none : ram.memory
      for (service, queue) in zip(services, queues) {
        try? service.run(queue.layout, memory: memory, features: features)
      }
    default:
      for service in services { service.stop() }
      device.reset {}
      require(!device.isListening && device.waitingCount == 0, "a reset leaves something")
      if choices.oneIn(4) { act() }
      for (service, queue) in zip(services, queues) {
        try? service.run(queue.layout, memory: ram.memory, features: features)
      }
    }
    serve()
  }
}

import Display
import FuzzSupport
import GuestDriver
import LinuxIO
import VirtioGPU
import Virtqueue

/// A guest that does what a fuzzer decides, to a device in this process.
///
/// As long as it keeps the rings in order, every request must come back with an answer that fits it. Once it has written
/// into them by itself, all that is expected is that the device lives, and serves the next guest.
final class ScriptedGuest {
  /// Few and small, so that limits are reached and nothing takes long.
  static let limits: Limits = {
    var limits = Limits()
    limits.resourceBytes = 256 << 10
    limits.resources = 12
    limits.backingPieces = 64
    limits.requestBytes = 16 << 10
    limits.cursorSide = 64
    return limits
  }()
  static let scanouts = 3
  static let memorySize: UInt64 = 256 << 10
  private static let mostSteps = 300
  private static let mostRestarts = 12

  var choices: Choices
  let device: Device
  let sink: ContractSink
  var guest: RunningGuest
  private var restarts = 0

  init(_ choices: Choices) throws {
    self.choices = choices
    sink = ContractSink(scanouts: Self.scanouts, cursorSide: Self.limits.cursorSide)
    let outputs = [
      Output(size: Size(width: 64, height: 48)), Output(size: Size(width: 5000, height: 32)),
      Output(size: Size(width: 16, height: 16), isEnabled: false),
    ]
    device = Device(outputs: outputs, limits: Self.limits, sink: sink, clock: { .zero })
    guest = try RunningGuest(device)
  }

  func run() {
    for _ in 0..<Self.mostSteps where !choices.isEmpty { step() }
    prove()
  }

  private func step() {
    switch choices.below(20) {
    case 0..<9: submit(controlRequest(), on: 0)
    case 9, 10: submit(cursorRequest(), on: 1)
    case 11: kick(choices.below(2))
    case 12: writeDescriptor()
    case 13:
      guest.isOrderly = false
      guest.queues[choices.below(2)].publish(head: UInt16(truncatingIfNeeded: choices.word()))
    case 14:
      guest.isOrderly = false
      guest.queues[choices.below(2)].publish(index: UInt16(truncatingIfNeeded: choices.word()))
    case 15: writeMemory()
    case 16: configure()
    case 17: changeMemory()
    case 18: restart(withReset: choices.oneIn(2))
    default:
      guard choices.oneIn(4) else { return }
      // Whoever holds the file can make it shorter: pages that were there are gone.
      guest.isOrderly = false
      expect("shortening memory") { try guest.ram.file.truncate(to: UInt64(choices.word())) }
    }
  }

  /// A table entry of any shape.
  private func writeDescriptor() {
    guest.isOrderly = false
    let descriptor = DriverQueue.RawDescriptor(
      address: address(), length: choices.word(), flags: UInt16(choices.below(8)),
      next: choices.oneIn(8) ? UInt16(truncatingIfNeeded: choices.word()) : UInt16(choices.below(16)))
    guest.queues[choices.below(2)].writeDescriptor(
      descriptor, at: UInt16(choices.below(Int(RunningGuest.queueSize))))
  }

  /// Bytes anywhere in memory: into pictures, requests, tables and rings.
  private func writeMemory() {
    let offset = UInt64(choices.word()) * UInt64(choices.pick(1, 16, 256, 4096))
    if offset < guest.pictures - GuestRAM.guestBase { guest.isOrderly = false }
    try? guest.ram.memory.write(choices.run(atMost: 64), at: GuestRAM.guestBase + offset)
  }

  private func configure() {
    if choices.oneIn(4) {
      let size = Size(width: choices.word(), height: choices.word())
      _ = device.setOutput(
        Output(
          size: size, position: Point(x: Int32(bitPattern: choices.word()), y: 0),
          refreshMillihertz: choices.word(), isEnabled: choices.oneIn(2)), of: choices.below(4))
    }
    device.writeConfiguration(choices.run(atMost: 16), at: Int(truncatingIfNeeded: choices.long()))
    require(device.configuration.count == Device.configurationSize, "the configuration changed its size")
    require(device.configuration[8...] == [UInt8(Self.scanouts), 0, 0, 0, 0, 0, 0, 0], "scanouts came or went")
  }

  /// The device is told of other memory; the rings stay where they were.
  private func changeMemory() {
    var regions: [GuestMemory.Region] = []
    for _ in 0..<choices.below(4) {
      let offset = UInt64(choices.below(64)) * 4096
      let count = UInt64(choices.pick(1, 4, 16, 64)) * 4096
      guard let mapping = try? MappedMemory(guest.ram.file, offset: offset, count: count) else { continue }
      let isThere = !choices.oneIn(4)
      regions.append(
        GuestMemory.Region(
          guestAddress: isThere ? GuestRAM.guestBase + offset : choices.long(), userAddress: choices.long(),
          mapping: mapping))
    }
    if let memory = try? GuestMemory(regions) { device.memoryChanged(memory) }
  }

  /// A new guest takes over: after a reset, or, as after `kexec`, without one.
  func restart(withReset: Bool) {
    restarts += 1
    guard restarts <= Self.mostRestarts else { return choices = Choices([]) }
    if withReset {
      expect("a reset") { try guest.link.reset() }
      require(sink.shown.isEmpty, "a reset left scanouts on")
    }
    let features: UInt64 = choices.pick(0x1_3000_0002, 0x1_0000_0000, 0x1_1000_0002, 0x1_2000_0000)
    guest = expect("a guest to start") { try RunningGuest(device, features: features) }
  }

  /// An address in the pictures, elsewhere in memory, at its end, or anywhere.
  func address() -> UInt64 {
    switch choices.below(8) {
    case 0..<4: guest.pictures + UInt64(choices.word()) * 64
    case 4: GuestRAM.guestBase + UInt64(choices.word()) * 16
    case 5: GuestRAM.guestBase + Self.memorySize &- UInt64(choices.word())
    case 6: guest.requests + UInt64(choices.word())
    default: choices.long()
    }
  }
}

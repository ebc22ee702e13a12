import LinuxIO
import Testing
import Virtqueue

@testable import VhostUser

/// Random numbers that are the same in each run.
private struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) {
    state = UInt64(seed)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }
}

@Suite("Random messages of front ends")
struct RandomTests {
  @Test("noise ends the session and nothing else", arguments: 0..<50)
  func noise(seed: Int) throws {
    var dice = Dice(seed: seed)
    let bench = try SessionBench()
    while bench.server.isServing {
      let bytes = (0..<Int.random(in: 1...64, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
      try bench.send(bytes, descriptors: (0..<Int.random(in: 0...2, using: &dice)).map { _ in try makeToken("noise") })
    }
    try bench.connect()
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  /// Well-formed messages, in any order and with any values, while the guest scribbles over its rings.
  @Test("any order of any messages leaves the server standing", arguments: 0..<50)
  func anything(seed: Int) throws {
    var dice = Dice(seed: seed)
    let (bench, ram, _, counters) = try SessionBench.running()
    bench.device.holds = Bool.random(using: &dice)
    for _ in 0..<200 where bench.server.isServing {
      let message = try message(ram, counters, &dice)
      if message.request.hasReply { try bench.send(message) } else { try bench.tell(message) }
      while try bench.nextReply() != nil {}
      try scribble(ram, &dice)
      counters.kick.signal()
      try bench.pump()
      if dice.next() % 16 == 0 { bench.device.respondToHeld() }
    }
    try bench.connect()
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  private func message(
    _ ram: TestRAM, _ counters: Counters, _ dice: inout Dice
  ) throws -> FrontEndMessage {
    // Mostly a queue that exists and values that could be meant.
    let index = UInt32([0, 0, 0, 1, 1, 2].randomElement(using: &dice) ?? 0)
    let value = UInt32([0, 1, 2, 16, 16, 256, 65535, 1 << 31].randomElement(using: &dice) ?? 0)
    let state = VringState(index: index, value: value)
    var shared = ram.shared
    if dice.next() % 4 == 0 { shared.region.guestAddress &+= dice.next() >> UInt64.random(in: 0..<64, using: &dice) }
    if dice.next() % 8 == 0 { shared.region.count = dice.next() >> UInt64.random(in: 0..<64, using: &dice) }
    let event = VringEvent(
      index: index, descriptor: [counters.kick.descriptor, ram.file, nil].randomElement(using: &dice) ?? nil)
    var address = ram.address(queue: Int(index % 2))
    address.index = index
    if dice.next() % 4 == 0 { address.usedRing &+= dice.next() >> UInt64.random(in: 0..<64, using: &dice) }
    let window = ConfigWindow(
      offset: value, count: index * 4, bytes: Array(repeating: UInt8(truncatingIfNeeded: value), count: Int(index * 4)))
    let choices: [FrontEndMessage] = [
      .getFeatures, .setFeatures(dice.next() & 0x1_7000_000f), .setOwner, .resetOwner,
      .setMemTable([shared]), .setMemTable([]), .setVringNum(state), .setVringAddr(address), .setVringBase(state),
      .setVringKick(event), .setVringCall(event), .setVringErr(event), .setVringEnable(state), .setVringEnable(state),
      .setBackendReqFD(counters.call.descriptor), .getConfig(window), .setConfig(window), .gpuSetSocket(ram.file),
      .resetDevice, .getMaxMemSlots, .addMemReg(shared), .remMemReg(shared.region), .setStatus(UInt64(value)),
      .getStatus,
    ]
    // A request about a queue that does not exist would end the session.
    let request = FrontEndMessage.getVringBase(VringState(index: index % 2, value: 0))
    return dice.next() % 20 == 0 ? request : choices.randomElement(using: &dice) ?? request
  }

  private func scribble(_ ram: TestRAM, _ dice: inout Dice) throws {
    let layout = ram.layout()
    let bytes = (0..<16).map { _ in UInt8(truncatingIfNeeded: dice.next() & dice.next()) }
    let place = [layout.descriptorTable, layout.availableRing, layout.usedRing].randomElement(using: &dice)
    try ram.memory.write(bytes, at: (place ?? 0) + UInt64.random(in: 0..<64, using: &dice))
  }
}

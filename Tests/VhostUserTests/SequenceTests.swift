import LinuxIO
import Testing
import Virtqueue

@testable import VhostUser

/// The orders in which real front ends speak, message by message.
@Suite("Message sequences of real front ends")
struct SequenceTests {
  /// A virtual machine of QEMU 10 with a `vhost-user-gpu-pci`, as it was seen to talk.
  private struct QEMU {
    let bench: SessionBench
    let ram: TestRAM
    let counters: [Counters]
    let masks: [EventCounter]

    init() throws {
      bench = try SessionBench()
      ram = try TestRAM()
      counters = try (0..<2).map { _ in
        Counters(kick: try EventCounter(), call: try EventCounter(), error: try EventCounter())
      }
      masks = try (0..<2).map { _ in try EventCounter() }
    }

    func initialise() throws {
      #expect(try bench.ask(.getFeatures) == 0x1_7000_0002)
      let offered = try #require(try bench.ask(.getProtocolFeatures))
      try bench.send(.setProtocolFeatures(ProtocolFeatures(rawValue: offered & 0xf_ffff)))
      #expect(try bench.ask(.getQueueNum) == 2)
      #expect(try #require(try bench.ask(.getMaxMemSlots)) >= 32)
      #expect(try bench.tell(.setBackendReqFD(UnixSocket.makePair().1.descriptor)) == 0)
      try bench.send(.setOwner)
      #expect(try bench.ask(.getFeatures) != nil)
      try calls()
      for index in counters.indices {
        try bench.send(.setVringErr(VringEvent(index: UInt32(index), descriptor: counters[index].error.descriptor)))
      }
      try bench.send(.resetDevice)
      try bench.send(.resetDevice)
    }

    func start(bases: [UInt32]) throws {
      try bench.send(.gpuSetSocket(UnixSocket.makePair().1.descriptor))
      try calls()
      // 28, 29, 32 and 40, and our own; bit 30 as well.
      try bench.send(.setFeatures(0x101_7000_0002))
      let status = try #require(try bench.ask(.getStatus))
      try bench.send(.setStatus(status | 8))
      #expect(try bench.tell(.addMemReg(ram.shared)) == 0)
      for index in counters.indices {
        let queue = UInt32(index)
        try bench.send(.setVringNum(VringState(index: queue, value: 16)))
        try bench.send(.setVringBase(VringState(index: queue, value: bases[index])))
        try bench.send(.setVringAddr(ram.address(queue: index)))
        try bench.send(.setVringKick(VringEvent(index: queue, descriptor: counters[index].kick.descriptor)))
      }
      for index in counters.indices { #expect(try bench.enable(UInt32(index)) == 0) }
      try calls()
    }

    func stop() throws -> [UInt32] {
      for index in counters.indices { try bench.send(.setVringEnable(VringState(index: UInt32(index), value: 0))) }
      let bases = try counters.indices.map { index in
        try bench.send(.getVringBase(VringState(index: UInt32(index), value: 0)))
        let payload = try #require(try bench.nextReply()).payload
        #expect(payload.count == 8)
        return UInt32(payload[4]) | UInt32(payload[5]) << 8
      }
      for (index, mask) in masks.enumerated() {
        try bench.send(.setVringCall(VringEvent(index: UInt32(index), descriptor: mask.descriptor)))
      }
      return bases
    }

    func calls() throws {
      for index in counters.indices {
        try bench.send(.setVringCall(VringEvent(index: UInt32(index), descriptor: counters[index].call.descriptor)))
      }
    }

    /// A request on each queue, from the driver's side to the driver's side.
    func serveRequests(_ rings: inout [DriverRing]) throws {
      for index in rings.indices {
        counters[index].call.drain()
        try rings[index].setUsedEventToNext()
        try rings[index].post([1, 2, UInt8(index)])
        counters[index].kick.signal()
        try bench.pump()
        #expect(try rings[index].responses() == [[UInt8(index), 2, 1]])
        #expect(counters[index].call.drain())
      }
    }
  }

  @Test("QEMU starts a guest, stops and continues it ten times, and reboots it ten times")
  func qemu() throws {
    let machine = try QEMU()
    try machine.initialise()
    var bases: [UInt32] = [0, 0]
    var rings = (0..<2).map { DriverRing(machine.ram, queue: $0) }
    for round in 1...10 as ClosedRange<UInt32> {
      try machine.start(bases: bases)
      try machine.serveRequests(&rings)
      bases = try machine.stop()
      #expect(bases == [round, round])
    }
    for _ in 1...10 {
      try machine.bench.send(.resetDevice)
      // The guest's firmware clears the memory in which the rings were.
      try machine.ram.clearRings()
      rings = (0..<2).map { DriverRing(machine.ram, queue: $0) }
      try machine.start(bases: [0, 0])
      try machine.serveRequests(&rings)
      #expect(try machine.stop() == [1, 1])
    }
    #expect(machine.bench.events.take() == [])
    #expect(machine.bench.device.journal.take().filter { $0 == "display" }.count == 20)
  }

  @Test("QEMU 7.2 has neither memory slots nor a reset, and asks for features after enabling")
  func oldQEMU() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    #expect(try bench.ask(.getFeatures) != nil)
    #expect(try bench.ask(.getProtocolFeatures) != nil)
    try bench.send(.setProtocolFeatures(.configuration))
    try bench.send(.setOwner)
    try bench.send(.getConfig(ConfigWindow(offset: 0, count: 16, bytes: Array(repeating: 0, count: 16))))
    #expect(try bench.nextReply()?.payload.count == 28)
    try bench.send(.gpuSetSocket(UnixSocket.makePair().1.descriptor))
    try bench.send(.setFeatures(0x101_7000_0000))
    try bench.send(.setMemTable([ram.shared]))
    let counters = try bench.setUp(ram)
    try bench.send(.setVringEnable(VringState(index: 0, value: 1)))
    #expect(try bench.ask(.getFeatures) != nil)
    var ring = DriverRing(ram)
    try ring.post([5, 6])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [[6, 5]])
    #expect(bench.events.take() == [])
  }

  @Test("user-mode Linux boots, unbinds its driver, binds it again, and goes")
  func userModeLinux() throws {
    let bench = try SessionBench()
    // Its memory begins where the kernel image ends, in the file as in the guest; both addresses are the same.
    let ram = try TestRAM(guestAddress: 0x2d54_5000, userAddress: 0x2d54_5000, fileOffset: 0x1000)
    try bench.send(.setOwner)
    #expect(try bench.nextReply() == nil)
    #expect(try bench.ask(.getFeatures) != nil)
    let offered = try #require(try bench.ask(.getProtocolFeatures))
    // It asks for acknowledgements from this message on.
    #expect(try bench.tell(.setProtocolFeatures(ProtocolFeatures(rawValue: offered & (1 << 3 | 1 << 5 | 1 << 9)))) == 0)
    let (channel, theirs) = try UnixSocket.makePair()
    #expect(try bench.tell(.setBackendReqFD(theirs.descriptor)) == 0)
    #expect(try bench.tell(.setFeatures(0x1_7000_0002)) == 0)
    for size in [4, 8, 12, 16] as [UInt32] {
      try bench.send(
        .getConfig(ConfigWindow(offset: 0, count: size, bytes: Array(repeating: 0, count: Int(size)))))
      #expect(try bench.nextReply()?.payload.count == Int(12 + size))
    }
    for _ in 0..<3 { try bind(bench, ram) }
    #expect(bench.server.configurationChanged())
    #expect(try channel.receive(64).bytes.count == 12)
    for queue in 0..<2 as Range<UInt32> { #expect(try bench.enable(queue, 0) == 0) }
    #expect(try bench.ask(.getFeatures) != nil)
    try bench.hangUp()
    #expect(bench.events.take() == ["the session is over: the front end closed the connection"])
  }

  /// The driver sets its queues up from nothing, without having stopped the rings that it had.
  private func bind(_ bench: SessionBench, _ ram: TestRAM) throws {
    for queue in 0..<2 as Range<UInt32> { #expect(try bench.enable(queue, 0) == 0) }
    try ram.clearRings()
    // Always room for two regions, whatever their number.
    let table = FrontEndMessage.setMemTable([ram.shared]).payload + [UInt8](repeating: 0, count: 32)
    try bench.send(
      Message.encode(request: 5, flags: [.version, .needsReply], payload: table), descriptors: [ram.file])
    #expect(try bench.nextReply()?.number == 0)
    var rings = (0..<2).map { DriverRing(ram, queue: $0, size: 256) }
    var calls: [UnixSocket] = []
    var kicks: [EventCounter] = []
    for index in rings.indices {
      let queue = UInt32(index)
      let (call, theirs) = try UnixSocket.makePair()
      try call.descriptor.setNonBlocking()
      calls.append(call)
      kicks.append(try EventCounter())
      #expect(try bench.tell(.setVringCall(VringEvent(index: queue, descriptor: theirs.descriptor))) == 0)
      #expect(try bench.tell(.setVringNum(VringState(index: queue, value: 256))) == 0)
      #expect(try bench.tell(.setVringBase(VringState(index: queue, value: 0))) == 0)
      #expect(try bench.tell(.setVringAddr(ram.address(queue: index, size: 256))) == 0)
    }
    for (index, kick) in kicks.enumerated() {
      #expect(try bench.tell(.setVringKick(VringEvent(index: UInt32(index), descriptor: kick.descriptor))) == 0)
      #expect(try bench.enable(UInt32(index)) == 0)
    }
    for index in rings.indices {
      try rings[index].setUsedEventToNext()
      try rings[index].post([1, 2])
      kicks[index].signal()
      try bench.pump()
      #expect(try rings[index].responses() == [[2, 1]])
      #expect(try calls[index].receive(64).bytes.count >= 8)
    }
  }
}

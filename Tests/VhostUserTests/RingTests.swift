import Glibc
import LinuxIO
import Testing
import Virtio
import Virtqueue

@testable import VhostUser

@Suite("Rings")
struct RingTests {
  @Test("requests are responded to, with one call for a whole batch")
  func batch() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    for byte in 0..<5 as Range<UInt8> { try ring.post([byte, 9]) }
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == (0..<5).map { [9, $0] })
    var count: UInt64 = 0
    while counters.call.drain() { count += 1 }
    #expect(count == 1)
  }

  @Test("requests that take long do not keep others waiting for all of them")
  func longRequests() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    bench.device.interruption = { usleep(11_000) }
    for byte in 0..<3 as Range<UInt8> { try ring.post([byte]) }
    counters.kick.signal()
    try bench.loop.runOnce(timeoutMilliseconds: 0)
    #expect(try ring.responses() == [[0]])
    try bench.pump()
    #expect(try ring.responses() == [[1], [2]])
  }

  @Test("with the event index, the driver gets the calls that it asked for and no others")
  func eventIndex() throws {
    var (bench, _, ring, counters) = try SessionBench.running(
      features: FeatureBits.version1 | FeatureBits.protocolFeatures | FeatureBits.eventIndex)
    try ring.setUsedEvent(2)
    for byte in 0..<3 as Range<UInt8> {
      try ring.post([byte])
      counters.kick.signal()
      try bench.pump()
      #expect(counters.call.drain() == (byte == 2))
    }
  }

  @Test("requests that were there before the ring started are served without a kick")
  func earlyRequest() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    var ring = DriverRing(ram)
    try ring.post([1, 2])
    _ = try bench.setUp(ram)
    #expect(try ring.responses() == [])
    #expect(try bench.enable() == 0)
    #expect(try ring.responses() == [[2, 1]])
  }

  @Test("without protocol features rings need no enabling")
  func enabledFromTheStart() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram, features: FeatureBits.version1)
    var ring = DriverRing(ram)
    let counters = try bench.setUp(ram)
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [[2, 1]])
  }

  @Test("a disabled ring pauses, and catches up when it is enabled again")
  func pause() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    #expect(try bench.enable(0, 0) == 0)
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
    #expect(try bench.enable(0, 1) == 0)
    #expect(try ring.responses() == [[2, 1]])
  }

  @Test("GET_VRING_BASE returns the index of the ring, which continues from there")
  func stopAndContinue() throws {
    var (bench, ram, ring, first) = try SessionBench.running()
    for byte in 0..<3 as Range<UInt8> { try ring.post([byte]) }
    first.kick.signal()
    try bench.pump()
    try bench.send(.getVringBase(VringState(index: 0, value: 0)))
    #expect(try bench.nextReply()?.payload == [0, 0, 0, 0, 3, 0, 0, 0])
    #expect(bench.device.journal.take().last == "stopped 0")

    try ring.post([7, 8])
    first.kick.signal()
    try bench.pump()
    #expect(try ring.responses().count == 3)
    let second = try bench.setUp(ram, base: 3)
    #expect(try ring.responses() == [[8, 7]])
    #expect(second.call.drain())
  }

  @Test("a device may complete held requests while its queue stops")
  func lastResponse() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    bench.device.holds = true
    bench.device.respondsWhenStopped = true
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    try bench.send(.getVringBase(VringState(index: 0, value: 0)))
    #expect(try ring.responses() == [[2, 1]])
    #expect(counters.call.drain())
  }

  @Test("a stopped ring is not written to any more, whatever the device still holds")
  func lateResponse() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    bench.device.holds = true
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    try bench.send(.getVringBase(VringState(index: 0, value: 0)))
    bench.device.respondToHeld()
    #expect(try ring.responses() == [])
    #expect(!counters.call.drain())
    // Nor when it runs again, where the request has been forgotten.
    _ = try bench.setUp(ram, base: 1)
    #expect(try ring.responses() == [])
  }

  @Test("requests may be responded to later, with a call each time")
  func deferred() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    bench.device.holds = true
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
    #expect(!counters.call.drain())
    bench.device.respondToHeld()
    #expect(try ring.responses() == [[2, 1]])
    #expect(counters.call.drain())
  }

  @Test("a call that is set while the ring runs is used from then on, and signalled once for safety")
  func newCall() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    let call = try EventCounter()
    try bench.tell(.setVringCall(VringEvent(index: 0, descriptor: call.descriptor)))
    #expect(call.drain())
    try ring.post([1])
    counters.kick.signal()
    try bench.pump()
    #expect(call.drain())
    #expect(!counters.call.drain())
  }

  @Test("a driver that looks for itself needs no call")
  func noCall() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    #expect(try bench.tell(.setVringCall(VringEvent(index: 0, descriptor: nil))) == 0)
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [[2, 1]])
  }

  @Test("a call that is a socket carries eight bytes, and may be closed at the other end")
  func socketCall() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    let (mine, theirs) = try UnixSocket.makePair()
    try bench.tell(.setVringCall(VringEvent(index: 0, descriptor: theirs.descriptor)))
    #expect(try mine.receive(64).bytes == [1, 0, 0, 0, 0, 0, 0, 0])
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try mine.receive(64).bytes == [1, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("a call whose reader is gone, or that nobody drains, does not block the device")
  func brokenSocketCall() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    let (mine, theirs) = try UnixSocket.makePair()
    try bench.tell(.setVringCall(VringEvent(index: 0, descriptor: theirs.descriptor)))
    mine.shutdown()
    for byte in 0..<20 as Range<UInt8> {
      try ring.post([byte])
      counters.kick.signal()
      try bench.pump()
    }
    #expect(try ring.responses().count == 20)
    #expect(bench.server.isServing)
  }

  @Test(
    "a kick must be an eventfd: not a file, nor a socket that another reader may have locked", arguments: [true, false])
  func noKick(isSocket: Bool) throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    _ = try bench.setUp(ram)
    try bench.enable()
    let (mine, theirs) = try UnixSocket.makePair()
    let kick = isSocket ? theirs.descriptor : ram.file
    #expect(try bench.tell(.setVringKick(VringEvent(index: 0, descriptor: kick))) == 1)
    #expect(bench.events.take().first?.contains("wait for a descriptor that is not an eventfd") == true)
    #expect(try bench.ask(.getQueueNum) == 2)
    withExtendedLifetime(mine) {}
  }

  /// Ring places that cannot be.
  static let wrongPlaces: [(change: @Sendable (inout VringAddress) -> Void, reason: String)] = [
    ({ $0.descriptorTable += 8 }, "not allowed"),
    ({ $0.availableRing += 1 }, "not allowed"),
    ({ $0.usedRing += 2 }, "not allowed"),
    ({ $0.descriptorTable = 0x1000 }, "not entirely inside guest memory"),
    ({ $0.descriptorTable += TestRAM.size - 16 }, "not entirely inside guest memory"),
    ({ $0.usedRing = .max - 1 }, "not entirely inside guest memory"),
    ({ $0.availableRing = 0 }, "not entirely inside guest memory"),
  ]

  @Test("a ring outside guest memory does not start, and is reported in three ways", arguments: wrongPlaces.indices)
  func wrongPlace(index: Int) throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    let counters = try bench.setUp(ram)
    var address = ram.address()
    Self.wrongPlaces[index].change(&address)
    try bench.tell(.setVringAddr(address))
    try bench.tell(.setVringKick(VringEvent(index: 0, descriptor: counters.kick.descriptor)))
    #expect(try bench.enable() == 1)
    #expect(counters.error.drain())
    let events = bench.events.take()
    #expect(events.count == 1)
    #expect(events.first?.contains(Self.wrongPlaces[index].reason) == true, "\(events)")
  }

  @Test("a ring that was never described does not start")
  func undescribed() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    try bench.tell(.setVringKick(VringEvent(index: 1, descriptor: try EventCounter().descriptor)))
    #expect(try bench.enable(1) == 1)
    #expect(bench.events.take() == ["queue 1 does not run: it was started before its size and place were set"])
  }

  @Test("a ring that makes no sense stops alone, and runs again when it is set up again")
  func brokenRing() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    let others = try bench.setUp(ram, queue: 1)
    try bench.enable(1)
    var other = DriverRing(ram, queue: 1)

    try ring.setAvailableIndex(1000)
    counters.kick.signal()
    try bench.pump()
    #expect(bench.events.take() == ["queue 0 does not run: the available index jumped from 0 to 1000"])
    #expect(counters.error.drain())

    try other.post([1, 2])
    others.kick.signal()
    try bench.pump()
    #expect(try other.responses() == [[2, 1]])

    counters.kick.signal()
    try bench.pump()
    #expect(bench.events.take() == [])

    try ring.setAvailableIndex(0)
    let again = try bench.setUp(ram)
    try ring.post([3, 4])
    again.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [[4, 3]])
  }

  @Test("an invalid request is put on the used ring, and the ring continues")
  func malformedRequest() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    // The third descriptor is all zeros, then points at itself.
    try ring.memory.write([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0], at: ring.layout.descriptorTable + 64)
    try ring.publish(head: 4)
    counters.kick.signal()
    try bench.pump()
    #expect(bench.events.take().first?.hasPrefix("queue 0: a request was given back unread: a chain") == true)
    #expect(try ring.responses() == [[]])
    #expect(counters.call.drain())
  }

  @Test("a guest that does everything wrong does not fill the log")
  func fullLog() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    // An indirect table, which was not negotiated.
    try ring.memory.write([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0], at: ring.layout.descriptorTable + 64)
    for _ in 0..<200 {
      try ring.publish(head: 4)
      counters.kick.signal()
      try bench.pump()
    }
    let events = bench.events.take()
    #expect(events.count == 101)
    #expect(events.last == "what else is wrong in this session is not reported")
  }

  @Test("more requests than the ring has room for are a broken ring, not memory without end")
  func tooManyOutstanding() throws {
    var (bench, _, ring, counters) = try SessionBench.running(size: 4)
    bench.device.holds = true
    for _ in 0..<4 { try ring.post([1]) }
    counters.kick.signal()
    try bench.pump()
    #expect(bench.device.held.count == 4)
    for _ in 0..<4 { try ring.post([1]) }
    counters.kick.signal()
    try bench.pump()
    #expect(bench.device.held.count == 4)
    #expect(
      bench.events.take() == [
        "queue 0 does not run: more requests are outstanding than the 4 that it has room for"
      ])
  }

  @Test("a driver that never pauses does not keep the session from being served")
  func neverPauses() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    var made = 0
    // Each request, while it is served, makes the next.
    bench.device.interruption = {
      made += 1
      try? ring.post([1])
      _ = try? ring.responses()
    }
    try ring.post([1])
    counters.kick.signal()
    try bench.loop.runOnce(timeoutMilliseconds: 100)
    // A turn ends by its number of requests, or by its time on a slow machine.
    #expect((1...64).contains(made))
    try bench.peer.send(FrontEndMessage.getVringBase(VringState(index: 0, value: 0)).encoded(flags: .version))
    for _ in 0..<4 { try bench.loop.runOnce(timeoutMilliseconds: 0) }
    #expect(try bench.nextReply() != nil)
    _ = ram
  }

  @Test("changing a ring that runs stops it until the next kick is set")
  func changedWhileRunning() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    _ = bench.device.journal.take()
    try bench.tell(.setVringAddr(ram.address()))
    #expect(bench.device.journal.take() == [])
    try bench.tell(.setVringBase(VringState(index: 0, value: 0)))
    #expect(bench.device.journal.take() == ["stopped 0"])
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
    try bench.tell(.setVringKick(VringEvent(index: 0, descriptor: counters.kick.descriptor)))
    #expect(try ring.responses() == [[2, 1]])
  }

  @Test("a reset stops the rings, forgets requests, and keeps the memory")
  func reset() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    bench.device.holds = true
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    let held = bench.device.held
    _ = bench.device.journal.take()
    #expect(try bench.tell(.resetDevice) == 0)
    #expect(bench.device.journal.take() == ["reset"])
    for request in held { request.complete(written: 0) }
    #expect(try ring.responses() == [])
    #expect(try bench.device.memory.read(at: ram.region.guestAddress, count: 1).count == 1)
    bench.device.holds = false
    _ = try bench.setUp(ram)
    try bench.enable()
    #expect(try ring.responses() == [[2, 1]])
  }

  @Test("an owner that resigns disables the rings")
  func resetOwner() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    #expect(try bench.tell(.resetOwner) == 0)
    try ring.post([1])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
  }

  @Test("the end of a session in the middle of a request is survived")
  func stopInside() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    bench.device.interruption = { [unowned bench] in bench.server.stop() }
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(bench.events.take() == ["the session is over: the back end was stopped"])
    #expect(try ring.responses() == [])
  }
}

import LinuxIO
import Testing
import Virtio

@testable import VhostUser

@Suite("Queues whose device accepts no requests")
struct SessionHoldTests {
  private static let eventIndex = FeatureBits.version1 | FeatureBits.protocolFeatures | FeatureBits.eventIndex

  @Test("requests wait in the ring, and are served without another kick when the device accepts them")
  func hold() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    bench.device.accepts = false
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    try ring.post([3, 4])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
    bench.device.accepts = true
    // The device calls from wherever it likes: the queue has its turn later.
    #expect(try ring.responses() == [])
    try bench.pump()
    #expect(try ring.responses() == [[2, 1], [4, 3]])
    #expect(counters.call.drain())
  }

  @Test("with the event index, a request that came without a kick during the hold is served, and the next is kicked")
  func eventIndex() throws {
    var (bench, _, ring, counters) = try SessionBench.running(features: Self.eventIndex)
    bench.device.accepts = false
    try ring.post([1])
    counters.kick.signal()
    try bench.pump()
    try ring.post([2])
    bench.device.accepts = true
    try ring.setUsedEventToNext()
    try bench.pump()
    #expect(try ring.responses() == [[1], [2]])
    #expect(counters.call.drain())
    #expect(try ring.kickIndex() == 2)
  }

  @Test("a device that holds again in the middle of a turn keeps the rest waiting")
  func holdsAgain() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    bench.device.interruption = { [unowned bench] in bench.device.accepts = false }
    for byte in 0..<3 as Range<UInt8> { try ring.post([byte]) }
    counters.kick.signal()
    for byte in 0..<3 as Range<UInt8> {
      try bench.pump()
      #expect(try ring.responses() == [[byte]])
      bench.device.accepts = true
    }
  }

  @Test("nothing wakes up during a hold")
  func idle() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    bench.device.accepts = false
    try ring.post([1])
    counters.kick.signal()
    try bench.pump()
    let before = bench.loop.wakeUps
    try bench.loop.runOnce(timeoutMilliseconds: 50)
    #expect(bench.loop.wakeUps == before + 1)
  }

  @Test("a queue that is held can stop, be reset, move and continue, and waits until the device accepts")
  func life() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    bench.device.holds = true
    bench.device.respondsWhenStopped = true
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    bench.device.holds = false
    bench.device.accepts = false
    try ring.post([3, 4])
    counters.kick.signal()
    try bench.pump()
    // Stopping responds to the request that the device has, and leaves the other one in the ring.
    try bench.send(.getVringBase(VringState(index: 0, value: 0)))
    #expect(try bench.nextReply()?.payload == [0, 0, 0, 0, 1, 0, 0, 0])
    #expect(try ring.responses() == [[2, 1]])
    #expect(try bench.tell(.setMemTable([ram.shared])) == 0)
    let again = try bench.setUp(ram, base: 1)
    again.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
    bench.device.accepts = true
    try bench.pump()
    #expect(try ring.responses() == [[4, 3]])
    bench.device.accepts = false
    #expect(try bench.tell(.resetDevice) == 0)
    #expect(try bench.tell(.setStatus(0)) == 0)
  }

  @Test("the next guest waits as well")
  func nextGuest() throws {
    let bench = try SessionBench()
    bench.device.accepts = false
    try bench.connect()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    let counters = try bench.setUp(ram)
    try bench.enable()
    var ring = DriverRing(ram)
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
    bench.device.accepts = true
    try bench.pump()
    #expect(try ring.responses() == [[2, 1]])
  }
}

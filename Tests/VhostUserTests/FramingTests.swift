import LinuxIO
import Testing
import Virtqueue

@testable import VhostUser

@Suite("Framing")
struct FramingTests {
  @Test("a message that comes byte by byte is understood with its last byte")
  func byteByByte() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    let message = FrontEndMessage.setMemTable([ram.shared])
    let bytes = message.encoded(flags: .version)
    for (index, byte) in bytes.enumerated() {
      #expect(bench.device.journal.take() == [])
      try bench.send([byte], descriptors: index == 0 ? message.descriptors : [])
    }
    #expect(bench.device.journal.take() == ["memory 1"])
  }

  @Test("several messages of one write are served in their order")
  func manyAtOnce() throws {
    let bench = try SessionBench()
    try bench.send(
      FrontEndMessage.setOwner.encoded(flags: .version) + FrontEndMessage.setStatus(3).encoded(flags: .version)
        + FrontEndMessage.getStatus.encoded(flags: .version) + FrontEndMessage.setStatus(7).encoded(flags: .version)
        + FrontEndMessage.getStatus.encoded(flags: .version))
    #expect(try bench.nextReply()?.number == 3)
    #expect(try bench.nextReply()?.number == 7)
  }

  @Test("descriptors stay with the message that they were sent beside")
  func descriptorsAndNeighbours() throws {
    let bench = try SessionBench()
    let (first, second) = (try TestRAM(), try TestRAM(guestAddress: 0x8000_0000))
    // Nothing is served until all three have been sent.
    try bench.peer.send(FrontEndMessage.setOwner.encoded(flags: .version))
    for ram in [first, second] {
      try bench.peer.send(
        FrontEndMessage.addMemReg(ram.shared).encoded(flags: .version), descriptors: [ram.file])
    }
    try bench.pump()
    #expect(bench.device.journal.take() == ["memory 1", "memory 2"])
    try second.memory.write([1, 2, 3], at: second.region.guestAddress)
    #expect(try bench.device.memory.read(at: second.region.guestAddress, count: 3) == [1, 2, 3])
  }

  @Test("a peer that stops in the middle of a message does not block the device", arguments: [1, 11, 12, 15])
  func halfAMessage(count: Int) throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    let bytes = FrontEndMessage.setFeatures(0).encoded(flags: .version)
    try bench.send(Array(bytes.prefix(count)))
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [[2, 1]])
    #expect(!bench.isHungUp())
  }

  @Test("a peer that leaves in the middle of a message is told apart from one that goes", arguments: [1, 12, 19])
  func leavesInside(count: Int) throws {
    let bench = try SessionBench()
    try bench.send(Array(FrontEndMessage.setFeatures(0).encoded(flags: .version).prefix(count)))
    try bench.hangUp()
    #expect(
      bench.events.take() == [
        "the session is over: the front end broke the protocol: the peer left after \(count) bytes of a message"
      ])
  }

  @Test("a peer that leaves between messages has left")
  func leaves() throws {
    let bench = try SessionBench()
    try bench.hangUp()
    #expect(bench.events.take() == ["the session is over: the front end closed the connection"])
  }

  @Test("a peer that disconnects before it has read its reply")
  func leavesBeforeReply() throws {
    let bench = try SessionBench()
    for _ in 0..<5 { try bench.peer.send(FrontEndMessage.getFeatures.encoded(flags: .version)) }
    try bench.hangUp()
    #expect(bench.events.take() == ["the session is over: the front end closed the connection"])
  }

  @Test("a peer that never reads is not read either, and the guest is served on")
  func neverReads() throws {
    var (bench, _, ring, counters) = try SessionBench.running()
    let request = FrontEndMessage.getFeatures.encoded(flags: .version)
    // Both directions fill up; then the peer cannot send any more.
    var sent = 0
    while try bench.peer.sendSome(request) != nil {
      sent += 1
      try bench.pump()
    }
    let idle = bench.loop.wakeUps
    try bench.loop.runOnce(timeoutMilliseconds: 20)
    #expect(bench.loop.wakeUps == idle + 1, "the loop spins")

    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [[2, 1]])

    var replies = 0
    while try bench.nextReply() != nil {
      replies += 1
      try bench.pump()
    }
    #expect(replies == sent)
  }

  @Test("a reply repeats the request and has exactly the flags 5")
  func replyFlags() throws {
    let bench = try SessionBench()
    try bench.send(.getProtocolFeatures)
    let header = try #require(try bench.nextReply()).header
    #expect(header == MessageHeader(request: 15, flags: MessageHeader.Flags(rawValue: 5), payloadSize: 8))
  }
}

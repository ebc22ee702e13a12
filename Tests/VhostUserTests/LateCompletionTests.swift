import LinuxIO
import Testing
import Virtio
import Virtqueue
import Wire

@testable import VhostUser

@Suite("Memory changes and resets that the device completes later")
struct LateCompletionTests {
  /// Messages whose reply waits for the device.
  static let waiting: [(name: String, message: @Sendable (TestRAM) -> FrontEndMessage)] = [
    ("SET_MEM_TABLE", { .setMemTable([$0.shared]) }),
    ("ADD_MEM_REG", { .addMemReg($0.shared) }),
    ("REM_MEM_REG", { .remMemReg($0.region) }),
    ("RESET_DEVICE", { _ in .resetDevice }),
    ("SET_STATUS", { _ in .setStatus(0) }),
  ]

  @Test("the reply and the next message wait, and other servers of the loop do not", arguments: waiting.indices)
  func order(index: Int) throws {
    let (bench, ram, _, _) = try SessionBench.running()
    let journal = Journal()
    let other = Server(device: EchoDevice(), loop: bench.loop) { _ in }
    let (front, back) = try UnixSocket.makePair()
    try front.descriptor.setNonBlocking()
    try other.serve(back)
    var replies = MessageReader(.replies)

    bench.device.completesLater = true
    try bench.send(Self.waiting[index].message(ram), flags: [.version, .needsReply])
    try bench.send(.getQueueNum)
    #expect(try bench.nextReply() == nil)
    try front.send(FrontEndMessage.getQueueNum.encoded(flags: .version))
    try bench.pump()
    if case .message = try replies.next(from: front) { journal.write("other") }
    #expect(try bench.nextReply() == nil)
    bench.device.completeNext()
    try bench.pump()
    if try bench.nextReply()?.number == 0 { journal.write("reply") }
    if try bench.nextReply()?.number == 2 { journal.write("next") }
    #expect(journal.take() == ["other", "reply", "next"])
    other.stop()
  }

  @Test("a kick during a memory change is served afterwards, and what is completed meanwhile is given back then")
  func kicks() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    bench.device.holds = true
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    bench.device.holds = false
    bench.device.completesLater = true
    try bench.send(.setMemTable([ram.shared]))
    try ring.post([3, 4])
    counters.kick.signal()
    try bench.pump()
    bench.device.respondToHeld()
    #expect(try ring.responses() == [])
    bench.device.completeNext()
    #expect(try ring.responses() == [[2, 1]])
    try bench.pump()
    #expect(try ring.responses() == [[4, 3]])
    #expect(counters.call.drain())
  }

  @Test("memory that is taken away stays mapped until the device has let go of it")
  func mapped() throws {
    let (bench, ram, _, _) = try SessionBench.running()
    weak let mapping = bench.device.memory.regions.first?.mapping
    bench.device.completesLater = true
    try bench.send(.remMemReg(ram.region))
    #expect(mapping != nil)
    bench.device.completeNext()
    #expect(mapping == nil)
  }

  @Test("a session that ends meanwhile is over when the reset is complete, and the late completion is ignored")
  func end() throws {
    let (bench, ram, _, _) = try SessionBench.running()
    bench.device.completesLater = true
    try bench.send(.setMemTable([ram.shared]))
    _ = bench.device.journal.take()
    try bench.hangUp()
    #expect(!bench.server.isServing)
    #expect(bench.device.journal.take() == ["reset"])
    // The memory change of before.
    bench.device.completeNext()
    #expect(bench.device.journal.take() == [])
    #expect(bench.events.take() == [])
    bench.device.completeNext()
    #expect(bench.device.journal.take() == ["memory 0"])
    bench.device.completeNext()
    #expect(bench.events.take() == ["the session is over: the front end closed the connection"])
  }

  @Test("a front end that comes before the device has completed the reset waits, and a further one is turned away")
  func nextFrontEnd() throws {
    let (bench, _, _, _) = try SessionBench.running()
    bench.device.completesLater = true
    try bench.hangUp()
    let (next, theirs) = try UnixSocket.makePair()
    let (second, refused) = try UnixSocket.makePair()
    try next.descriptor.setNonBlocking()
    try bench.server.serve(theirs)
    try bench.server.serve(refused)
    #expect(try second.receive(1).isEnd)
    try next.send(FrontEndMessage.getQueueNum.encoded(flags: .version))
    try bench.pump()
    var replies = MessageReader(.replies)
    guard case .waiting = try replies.next(from: next) else { throw FrontEndError.closed }
    bench.device.completeNext()
    bench.device.completeNext()
    try bench.pump()
    guard case .message = try replies.next(from: next) else { throw FrontEndError.closed }
    #expect(
      bench.events.take() == [
        "a second front end was turned away: one is served at a time",
        "the session is over: the front end closed the connection", "a front end connected",
      ])
  }

  @Test("a front end that waits for the reset and leaves makes room for the next")
  func leavesWhileWaiting() throws {
    let (bench, _, _, _) = try SessionBench.running()
    bench.device.completesLater = true
    try bench.hangUp()
    for _ in 0..<20 {
      let (left, theirs) = try UnixSocket.makePair()
      try bench.server.serve(theirs)
      left.shutdown()
    }
    let (next, theirs) = try UnixSocket.makePair()
    try next.descriptor.setNonBlocking()
    try bench.server.serve(theirs)
    try next.send(FrontEndMessage.getQueueNum.encoded(flags: .version))
    bench.device.completeNext()
    bench.device.completeNext()
    try bench.pump()
    var replies = MessageReader(.replies)
    guard case .message = try replies.next(from: next) else { throw FrontEndError.closed }
    #expect(!bench.events.take().contains("a second front end was turned away: one is served at a time"))
  }

  @Test("a reset during a memory change that is not complete does not wait for it")
  func stopped() throws {
    let (bench, ram, _, _) = try SessionBench.running()
    bench.device.completesLater = true
    try bench.send(.setMemTable([ram.shared]))
    bench.server.stop()
    #expect(bench.device.completions.count == 2)
    for _ in 0..<3 { bench.device.completeNext() }
    #expect(bench.events.take() == ["the session is over: the back end was stopped"])
  }

  @Test("a device that throws gets no further call, and the server reports the error once")
  func hostFault() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    var faults: [String] = []
    bench.server.onHostFault = { faults.append("\($0)") }
    bench.device.failure = SystemError("write a frame", code: 28)
    for _ in 0..<2 {
      try ring.post([1])
      counters.kick.signal()
      try bench.pump()
    }
    _ = bench.device.journal.take()
    #expect(try bench.tell(.setMemTable([ram.shared])) == 0)
    try bench.hangUp()
    #expect(faults.count == 1)
    #expect(bench.device.journal.take() == [])
    #expect(bench.events.take() == ["the session is over: the front end closed the connection"])
  }
}

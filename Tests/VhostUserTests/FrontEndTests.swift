import LinuxIO
import Testing
import VhostUser
import Virtio
import Virtqueue

@Suite("The front end")
struct FrontEndTests {
  private let (near, far): (UnixSocket, UnixSocket)
  private let ram: TestRAM

  init() throws {
    (near, far) = try UnixSocket.makePair()
    ram = try TestRAM()
  }

  @Test("drives a queue of a device in another thread", arguments: [ProtocolFeatures.supported, []])
  func drive(protocolFeatures: ProtocolFeatures) throws {
    let server = try ServerThread(far)
    let frontEnd = try FrontEnd(near)
    let features = FeatureBits.version1 | FeatureBits.eventIndex
    #expect(
      try frontEnd.negotiate(features: features, protocolFeatures: protocolFeatures) & features == features)
    try frontEnd.share([ram.shared])
    let queue = try frontEnd.startQueue(1, layout: ram.layout(queue: 1))
    var ring = DriverRing(ram, queue: 1)
    for round in 0..<50 as Range<UInt8> {
      try ring.setUsedEvent(UInt16(round))
      try ring.post([round, 1, 2])
      queue.kick.signal()
      #expect(try queue.call.wait(timeoutMilliseconds: 10_000))
      #expect(try ring.responses() == [[2, 1, round]])
    }
    #expect(try frontEnd.stopQueue(1) == 50)
    server.stop()
  }

  @Test("asks for queues, memory slots, configuration and status")
  func queries() throws {
    let server = try ServerThread(far)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1)
    #expect(try frontEnd.queueCount() == 2)
    #expect(try frontEnd.memorySlotCount() == 256)
    #expect(try frontEnd.readConfiguration(at: 4, count: 3) == [5, 6, 7])
    try frontEnd.writeConfiguration([9], at: 5)
    #expect(try frontEnd.readConfiguration(at: 4, count: 3) == [5, 9, 7])
    try frontEnd.setStatus(7)
    #expect(try frontEnd.status() == 7)
    try frontEnd.resetDevice()
    #expect(try frontEnd.status() == 0)
    server.stop()
  }

  @Test("is told what the back end refuses, and goes on")
  func refusals() throws {
    let server = try ServerThread(far)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1)
    try frontEnd.share([ram.shared])
    #expect(throws: FrontEndError.noConfiguration(offset: 10, count: 7)) {
      try frontEnd.readConfiguration(at: 10, count: 7)
    }
    #expect(throws: FrontEndError.refused(request: 25)) { try frontEnd.writeConfiguration([1], at: 16) }
    #expect(throws: FrontEndError.refused(request: 37)) {
      var region = ram.shared
      region.region.guestAddress += 16
      try frontEnd.addMemory(region)
    }
    #expect(throws: FrontEndError.refused(request: 2)) { try frontEnd.acknowledge(features: 1 << 34) }
    #expect(throws: FrontEndError.notShared(address: 0x1000)) {
      try frontEnd.startQueue(
        0, layout: VirtqueueLayout(size: 16, descriptorTable: 0x1000, availableRing: 0x2000, usedRing: 0x3000))
    }
    #expect(throws: FrontEndError.refused(request: 8)) { try frontEnd.startQueue(2, layout: ram.layout()) }
    #expect(try frontEnd.queueCount() == 2)
    server.stop()
  }

  @Test("adds and removes memory while a queue runs")
  func memory() throws {
    let server = try ServerThread(far)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1)
    try frontEnd.addMemory(ram.shared)
    let queue = try frontEnd.startQueue(0, layout: ram.layout())
    var ring = DriverRing(ram)
    for round in 0..<20 as Range<UInt8> {
      let more = try TestRAM(guestAddress: 0x9000_0000, userAddress: 0x7e00_0000_0000)
      try frontEnd.addMemory(more.shared)
      try ring.post([round])
      queue.kick.signal()
      #expect(try queue.call.wait(timeoutMilliseconds: 10_000))
      #expect(try ring.responses() == [[round]])
      try frontEnd.removeMemory(more.region)
      #expect(frontEnd.memory.count == 1)
    }
    server.stop()
  }

  @Test("is notified of configuration changes")
  func configurationChange() throws {
    let server = try ServerThread(far)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1)
    try frontEnd.share([ram.shared])
    try frontEnd.openBackEndChannel()
    _ = try frontEnd.startQueue(0, layout: ram.layout())
    #expect(try !frontEnd.waitForConfigurationChange(within: .milliseconds(1)))
    try server.perform { server, _ in server.configurationChanged() }
    #expect(try frontEnd.waitForConfigurationChange(within: .seconds(10)))
    server.stop()
  }

  @Test("responses that are completed later are signalled then")
  func deferred() throws {
    let server = try ServerThread(far)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1)
    try frontEnd.share([ram.shared])
    try server.perform { _, device in device.holds = true }
    let queue = try frontEnd.startQueue(0, layout: ram.layout())
    var ring = DriverRing(ram)
    try ring.post([1, 2])
    queue.kick.signal()
    #expect(try !queue.call.wait(timeoutMilliseconds: 20))
    try server.perform { _, device in device.respondToHeld() }
    #expect(try queue.call.wait(timeoutMilliseconds: 10_000))
    #expect(try ring.responses() == [[2, 1]])
    server.stop()
  }

  @Test("gives up on a back end that does not reply")
  func timeOut() throws {
    let frontEnd = try FrontEnd(near, timeout: .milliseconds(10))
    #expect(throws: FrontEndError.timedOut(request: 1)) { try frontEnd.negotiate(features: 0) }
    withExtendedLifetime(far) {}
  }

  @Test("gives up on a back end that does not read")
  func sendTimeOut() throws {
    let frontEnd = try FrontEnd(near, timeout: .milliseconds(10))
    #expect(throws: FrontEndError.timedOut(request: 39)) {
      while true { try frontEnd.setStatus(1) }
    }
    withExtendedLifetime(far) {}
  }

  /// Messages of a back end that are not a valid reply to `getFeatures`, and the error of each.
  static let wrongReplies: [(bytes: [UInt8], error: FrontEndError)] = [
    ([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], .protocolError(.direction(flags: 1))),
    ([1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0], .protocolError(.version(flags: 6))),
    ([1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0], .wrongReply(request: 1, count: 0)),
    ([1, 0, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0] + Array(repeating: 0, count: 9), .wrongReply(request: 1, count: 9)),
    ([2, 0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0] + Array(repeating: 0, count: 8), .wrongReply(request: 1, count: 8)),
    ([1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 1], .protocolError(.tooLong(request: 1, count: 1 << 24))),
  ]

  @Test("an invalid reply is an error", arguments: wrongReplies.indices)
  func wrongReply(index: Int) throws {
    try far.send(Self.wrongReplies[index].bytes)
    let frontEnd = try FrontEnd(near)
    #expect(throws: Self.wrongReplies[index].error) { try frontEnd.negotiate(features: 0) }
  }

  @Test("a back end that disconnects, between replies or inside one, is an error", arguments: [0, 5, 12, 15])
  func backEndLeaves(count: Int) throws {
    let frontEnd = try FrontEnd(Self.leaver(after: count))
    let error = #expect(throws: FrontEndError.self) { try frontEnd.negotiate(features: 0) }
    #expect(count == 0 ? error == .closed : error == .protocolError(.endedInside(count: count)))
  }

  /// Two messages into a back end that has said so much of a reply, and closes then.
  private static func leaver(after count: Int) throws -> UnixSocket {
    let (near, far) = try UnixSocket.makePair()
    _ = try NamedThread("leaver") {
      try? far.send(Array([1, 0, 0, 0, 5, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0].prefix(count)))
      for _ in 0..<24 { _ = try? far.receive(1) }
    }
    return near
  }

  @Test("a path without a listener is one error message")
  func nobody() throws {
    let error = #expect(throws: FrontEndError.self) { _ = try FrontEnd.connect(to: "/tmp/no-such-socket") }
    #expect(error.map { "\($0)" } == "connect to /tmp/no-such-socket: No such file or directory")
  }

  @Test("a wait for a counter ends when the counter is raised, when the time is over, and when the back end goes")
  func waits() throws {
    let frontEnd = try FrontEnd(near)
    let counter = try EventCounter()
    counter.signal()
    #expect(try frontEnd.wait(for: counter, within: .seconds(10)))
    #expect(try !frontEnd.wait(for: counter, within: .milliseconds(1)))
    far.shutdown()
    #expect(throws: FrontEndError.closed) { try frontEnd.wait(for: counter, within: .seconds(10)) }
  }
}

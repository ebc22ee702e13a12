import Foundation
import LinuxIO
import Testing
import Wire

@testable import VhostUser

@Suite("Requests")
struct RequestTests {
  @Test("the device's features are offered beside those of rings and transport")
  func features() throws {
    let bench = try SessionBench()
    #expect(try bench.ask(.getFeatures) == 0x1_7000_0002)
  }

  @Test("the device is told the acknowledged features that were offered, not others")
  func acknowledgedFeatures() throws {
    let bench = try SessionBench()
    // QEMU 10 with a back end that offers bits 30 and 32: 28, 29 and 40 come unasked.
    try bench.send(.setFeatures(0x101_7000_0000 | 0b111))
    #expect(bench.device.journal.take() == ["features 170000002"])
    #expect(bench.events.take() == [])
  }

  @Test("exactly the protocol features that are implemented are offered")
  func protocolFeatures() throws {
    let bench = try SessionBench()
    #expect(try bench.ask(.getProtocolFeatures) == 0x1_a229)
  }

  @Test("the message that agrees on acknowledgements is acknowledged itself")
  func firstAcknowledgement() throws {
    let bench = try SessionBench()
    #expect(try bench.tell(.setOwner) == nil)
    #expect(try bench.tell(.setProtocolFeatures(.replyAck)) == 0)
    #expect(try bench.tell(.setOwner) == 0)
  }

  @Test("no acknowledgement is sent before it was agreed on, or unless it is asked for")
  func noAcknowledgement() throws {
    let bench = try SessionBench()
    #expect(try bench.tell(.setFeatures(0)) == nil)
    try bench.send(.setProtocolFeatures(.replyAck))
    try bench.send(.setFeatures(0))
    #expect(try bench.nextReply() == nil)
  }

  @Test("a request with a reply gets that and no acknowledgement")
  func replyOnly() throws {
    let bench = try SessionBench()
    try bench.send(.setProtocolFeatures(.replyAck))
    #expect(try bench.tell(.getQueueNum) == 2)
    #expect(try bench.nextReply() == nil)
  }

  @Test(
    "a configuration window comes back with its offset, size and bytes",
    arguments: [(0, 16), (0, 1), (8, 4), (15, 1), (16, 0), (0, 0)] as [(UInt32, UInt32)])
  func readConfiguration(offset: UInt32, count: UInt32) throws {
    let bench = try SessionBench()
    let room = [UInt8](repeating: 0xaa, count: Int(count))
    try bench.send(.getConfig(ConfigWindow(offset: offset, count: count, bytes: room)))
    let reply = try #require(try bench.nextReply())
    var reader = ByteReader(reply.payload)
    let bytes = Array(1...16 as ClosedRange<UInt8>)[Int(offset)..<Int(offset + count)]
    #expect(try ConfigWindow(&reader) == ConfigWindow(offset: offset, count: count, bytes: Array(bytes)))
  }

  @Test("the room for the reply may be missing in the request")
  func readConfigurationWithoutRoom() throws {
    let bench = try SessionBench()
    try bench.send(.getConfig(ConfigWindow(offset: 2, count: 3, bytes: [])))
    #expect(try bench.nextReply()?.payload == [2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 4, 5])
  }

  @Test(
    "a window outside the configuration gets a reply without a payload",
    arguments: [(0, 17), (16, 1), (.max, 1), (.max, .max), (0, 256)] as [(UInt32, UInt32)])
  func readOutside(offset: UInt32, count: UInt32) throws {
    let bench = try SessionBench()
    try bench.send(.getConfig(ConfigWindow(offset: offset, count: count, bytes: [])))
    #expect(try bench.nextReply()?.payload == [])
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  @Test("a configuration write reaches the device, and is read back")
  func writeConfiguration() throws {
    let bench = try SessionBench()
    try bench.send(.setConfig(ConfigWindow(offset: 4, count: 4, bytes: [9, 8, 7, 6])))
    #expect(bench.device.journal.take() == ["config 4 [9, 8, 7, 6]"])
    try bench.send(.getConfig(ConfigWindow(offset: 4, count: 2, bytes: [])))
    #expect(try bench.nextReply()?.payload.suffix(2) == [9, 8])
  }

  @Test("the status is kept, and writing zero resets the device")
  func status() throws {
    let bench = try SessionBench()
    #expect(try bench.ask(.getStatus) == 0)
    try bench.send(.setStatus(0x8))
    #expect(try bench.ask(.getStatus) == 8)
    #expect(bench.device.journal.take() == [])
    try bench.send(.setStatus(0))
    #expect(bench.device.journal.take() == ["reset"])
    #expect(try bench.ask(.getStatus) == 0)
  }

  @Test("a display socket is handed to the owner of the device, each time")
  func display() throws {
    let bench = try SessionBench()
    let (ours, theirs) = try UnixSocket.makePair()
    try bench.send(.gpuSetSocket(theirs.descriptor))
    #expect(bench.device.journal.take() == ["display"])
    #expect(try bench.nextReply() == nil)
    try UnixSocket(#require(bench.display)).send([1, 2, 3])
    #expect(try ours.receive(3).bytes == [1, 2, 3])
  }

  @Test("a hundred display sockets leave one open")
  func manyDisplays() throws {
    let bench = try SessionBench()
    for _ in 0..<100 { try bench.send(.gpuSetSocket(makeToken("display-sockets"))) }
    #expect(try openDescriptors(named: "display-sockets") == 1)
  }

  @Test("a hundred channels leave one open")
  func manyChannels() throws {
    let bench = try SessionBench()
    let ends = try (0..<100).map { _ in
      let (ours, theirs) = try UnixSocket.makePair()
      try bench.send(.setBackendReqFD(theirs.descriptor))
      return ours
    }
    let last = try #require(ends.last)
    try last.descriptor.setNonBlocking()
    // A closed one says so, in its time.
    for end in ends.dropLast() { #expect(try end.receive(1).isEnd) }
    #expect(try last.receive(1).wouldBlock)
  }

  @Test("a configuration change is told over the channel while a ring runs")
  func configurationChange() throws {
    let (bench, _, _, _) = try SessionBench.running()
    let (ours, theirs) = try UnixSocket.makePair()
    #expect(try bench.tell(.setBackendReqFD(theirs.descriptor)) == 0)
    #expect(bench.server.configurationChanged())
    // The back end asks whether the notification was passed on.
    #expect(try ours.receive(64).bytes == [2, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("a pipe is refused as a channel: writing to it may block")
  func pipeAsChannel() throws {
    let (bench, _, _, _) = try SessionBench.running()
    let pipe = Pipe()
    let end = Descriptor(owning: dup(pipe.fileHandleForWriting.fileDescriptor))
    #expect(try bench.tell(.setBackendReqFD(end)) == 1)
    #expect(bench.events.take().last?.contains("over a descriptor that is not a Unix stream socket") == true)
    #expect(!bench.server.configurationChanged())
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  @Test(
    "a front end that acknowledges a CONFIG_CHANGE_MSG gets the next ones; one that refuses it gets no more",
    arguments: [true, false])
  func acknowledgedConfigurationChange(goesOn: Bool) throws {
    let (bench, _, _, _) = try SessionBench.running()
    _ = bench.events.take()
    let (ours, theirs) = try UnixSocket.makePair()
    try bench.tell(.setBackendReqFD(theirs.descriptor))
    #expect(bench.server.configurationChanged())
    try ours.send(
      Message.encode(request: 2, flags: [.version, .reply], payload: [goesOn ? 0 : 1, 0, 0, 0, 0, 0, 0, 0]))
    try bench.pump()
    #expect(bench.server.canNotify == goesOn)
    #expect(bench.server.configurationChanged() == goesOn)
    #expect(bench.events.take().contains { $0.contains("does not pass on") } != goesOn)
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  @Test("a configuration change waits until a ring runs")
  func lateConfigurationChange() throws {
    let (bench, ram, _, _) = try SessionBench.running()
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    try bench.tell(.setBackendReqFD(theirs.descriptor))
    try bench.send(.getVringBase(VringState(index: 0, value: 0)))
    #expect(try bench.nextReply() != nil)
    #expect(bench.server.configurationChanged())
    #expect(bench.server.configurationChanged())
    #expect(try ours.receive(64).wouldBlock)
    _ = try bench.setUp(ram)
    #expect(try ours.receive(64).bytes.count == 12)
  }

  @Test("a configuration change without a channel, or without a front end, sends no message")
  func unheardConfigurationChange() throws {
    let (bench, _, _, _) = try SessionBench.running()
    #expect(!bench.server.configurationChanged())
    try bench.hangUp()
    #expect(!bench.server.configurationChanged())
  }

  @Test("a channel whose reader is gone costs a log line")
  func brokenChannel() throws {
    let (bench, _, _, _) = try SessionBench.running()
    _ = bench.events.take()
    let (ours, theirs) = try UnixSocket.makePair()
    try bench.tell(.setBackendReqFD(theirs.descriptor))
    ours.shutdown()
    #expect(!bench.server.configurationChanged())
    #expect(bench.events.take().first?.hasPrefix("the channel to the front end is closed") == true)
    #expect(try bench.ask(.getQueueNum) == 2)
  }
}

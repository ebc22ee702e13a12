import LinuxIO
import Testing
import Wire

@testable import VhostUser

/// A message that is none, and what its sender is told in the log.
struct Malformed: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let bytes: [UInt8]
  let descriptorCount: Int
  let reason: String

  init(
    _ name: String, request: UInt32, flags: UInt32 = 1, size: UInt32? = nil, payload: [UInt8] = [],
    descriptors: Int = 0, reason: String
  ) {
    testDescription = name
    var writer = ByteWriter()
    writer.u32(request)
    writer.u32(flags)
    writer.u32(size ?? UInt32(payload.count))
    writer.bytes(payload)
    bytes = writer.bytes
    descriptorCount = descriptors
    self.reason = reason
  }

  static func words(_ values: UInt32...) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.u32(value) }
    return writer.bytes
  }

  static func longWords(_ values: UInt64...) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.u64(value) }
    return writer.bytes
  }

  static let all: [Malformed] = [
    // Framing.
    .init("version 0", request: 1, flags: 0, reason: "version 1 was expected"),
    .init("version 2", request: 1, flags: 2, reason: "version 1 was expected"),
    .init("a reply nobody asked for", request: 1, flags: 5, reason: "mixed up"),
    .init("four gigabytes of payload", request: 1, size: .max, reason: "claims 4294967295 bytes"),
    .init("a page and a byte of payload", request: 99, size: 4097, reason: "claims 4097 bytes"),
    .init("text", request: 0x2054_4547, flags: 0x7474_682f, size: 0x2f2f_3a70, reason: "version 1 was expected"),
    // Payloads of a wrong length.
    .init("a request with a payload", request: 1, payload: longWords(0), reason: "8 bytes of payload, and 0"),
    .init("features of 4 bytes", request: 2, payload: words(0), reason: "4 bytes of payload, and 8"),
    .init("features of 16 bytes", request: 2, payload: longWords(0, 0), reason: "16 bytes of payload, and 8"),
    .init("ring addresses of 32 bytes", request: 9, payload: longWords(0, 0, 0, 0), reason: "32 bytes of payload"),
    .init("a memory table of 4 bytes", request: 5, payload: words(0), reason: "4 bytes of payload, and 8 to 264"),
    .init("an empty configuration window", request: 24, reason: "0 bytes of payload, and 12 to 268"),
    .init(
      "a configuration write that lacks a byte", request: 25, payload: words(0, 4, 0) + [1, 2, 3],
      reason: "15 bytes of payload, and 16"),
    .init(
      "a configuration window of 257 bytes", request: 25, payload: words(0, 257, 0) + Array(repeating: 0, count: 257),
      reason: "269 bytes of payload"),
    // Descriptors that do not fit the message.
    .init("a request with a descriptor", request: 1, descriptors: 1, reason: "1 descriptors, and 0"),
    .init("eight descriptors for a number", request: 2, payload: longWords(0), descriptors: 8, reason: "8 descriptors"),
    .init("a display without socket", request: 33, reason: "0 descriptors, and 1"),
    .init("a display with two sockets", request: 33, descriptors: 2, reason: "2 descriptors, and 1"),
    .init("a channel without descriptor", request: 21, reason: "0 descriptors, and 1"),
    .init("a kick that promises a descriptor", request: 12, payload: longWords(0), reason: "0 descriptors, and 1"),
    .init(
      "a call that promises none and has one", request: 13, payload: longWords(0x100), descriptors: 1,
      reason: "1 descriptors, and 0"),
    .init(
      "a table of two regions with one file", request: 5, payload: words(2, 0) + Array(repeating: 0, count: 64),
      descriptors: 1, reason: "1 descriptors, and 2"),
    .init(
      "a table of no regions with a file", request: 5, payload: words(0, 0), descriptors: 1,
      reason: "1 descriptors, and 0"),
    .init(
      "a table of two regions with room for one", request: 5, payload: words(2, 0) + Array(repeating: 0, count: 32),
      descriptors: 2, reason: "40 bytes of payload"),
    .init(
      "a table of four billion regions", request: 5, payload: words(.max, 0), reason: "0 descriptors, and 4294967295"),
    .init(
      "nine descriptors", request: 5, payload: words(0, 0), descriptors: 9, reason: "a message lost descriptors"),
    .init("sixty-four descriptors", request: 77, descriptors: 64, reason: "a message lost descriptors"),
    // Understood, not granted, and nobody asked to be told.
    .init("a request that nobody knows", request: 4711, reason: "request 4711 was refused: it is not known here"),
    .init("request 0", request: 0, reason: "request 0 was refused"),
    .init(
      "a log of written pages", request: 6, payload: longWords(0, 0), descriptors: 1, reason: "request 6 was refused"),
    .init("an in-flight buffer", request: 31, payload: longWords(0, 0, 0), reason: "request 31 was refused"),
    .init("the size of ring 2 of 2", request: 8, payload: words(2, 16), reason: "ring 2 of a device that has 2"),
    .init("the base of the last ring there is", request: 11, payload: words(.max, 0), reason: "ring 4294967295 of"),
    .init("enabling ring 200", request: 18, payload: words(200, 1), reason: "ring 200 of a device that has 2"),
    .init("the call of ring 255", request: 13, payload: longWords(0x1ff), reason: "ring 255 of a device that has 2"),
    .init("a ring of 0 entries", request: 8, payload: words(0, 0), reason: "a ring of 0 entries"),
    .init("a ring of 24 entries", request: 8, payload: words(0, 24), reason: "a ring of 24 entries"),
    .init("a ring of 65536 entries", request: 8, payload: words(0, 65536), reason: "a ring of 65536 entries"),
    .init("a base of 17 bits", request: 10, payload: words(0, 65536), reason: "more than 16 bits"),
    .init("a ring without kick", request: 12, payload: longWords(0x100), reason: "rings are not polled"),
    .init("packed rings", request: 2, payload: longWords(1 << 34), reason: "packed rings or an IOMMU"),
    .init("an IOMMU", request: 2, payload: longWords(1 << 33), reason: "packed rings or an IOMMU"),
    .init("a protocol feature nobody offered", request: 16, payload: longWords(1 << 8), reason: "not offered"),
    .init(
      "a configuration write beyond the end", request: 25, payload: words(13, 4, 0) + [1, 2, 3, 4],
      reason: "4 bytes at 13 are not inside a configuration of 16"),
    .init(
      "a configuration write at the last address", request: 25, payload: words(.max, 4, 0) + [1, 2, 3, 4],
      reason: "not inside"),
    .init("a configuration write without bytes", request: 25, payload: words(0, 4, 0), reason: "not inside"),
    .init(
      "a region that is not there", request: 38, payload: longWords(0, 1, 2, 3, 4), reason: "no region"),
  ]
}

@Suite("Malformed messages")
struct MalformedMessageTests {
  @Test("ends its session with a reason, and the next peer is served", arguments: Malformed.all)
  func isRepliedTo(message: Malformed) throws {
    let bench = try SessionBench()
    let name = "malformed-\(UInt64.random(in: 0 ... .max))"
    var tokens = try (0..<message.descriptorCount).map { _ in try makeToken(name) }
    try bench.send(message.bytes, descriptors: tokens)
    let events = bench.events.take()
    #expect(events.count == 1)
    #expect(events.last?.contains(message.reason) == true, "\(events)")
    #expect(bench.isHungUp())
    #expect(bench.device.journal.take() == ["reset", "memory 0"])

    tokens = []
    #expect(try openDescriptors(named: name) == 0, "descriptors leaked")

    try bench.connect()
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  @Test("a refusal that the sender asked for leaves the session alone", arguments: [8, 18, 4711] as [UInt32])
  func isRefusedPolitely(request: UInt32) throws {
    let bench = try SessionBench()
    try bench.send(.setProtocolFeatures(.replyAck))
    let payload = request == 4711 ? [] : Malformed.words(9, 1)
    try bench.send(Message.encode(request: request, flags: [.version, .needsReply], payload: payload))
    let reply = try #require(try bench.nextReply())
    #expect(try reply.number == 1)
    #expect(reply.header.request == request)
    #expect(bench.events.take().count == 1)
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  @Test("a request with a reply of its own cannot be refused, so the session ends")
  func hasNoRefusal() throws {
    let bench = try SessionBench()
    try bench.send(.setProtocolFeatures(.replyAck))
    try bench.send(.getVringBase(VringState(index: 7, value: 0)), flags: [.version, .needsReply])
    #expect(bench.isHungUp())
  }
}

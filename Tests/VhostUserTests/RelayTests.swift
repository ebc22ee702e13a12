import LinuxIO
import Testing
import Wire

@testable import VhostUser

/// What a hostile side sends, and what the log says.
struct HostileBytes: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let side: RelaySide
  let bytes: [UInt8]
  var descriptors = 0
  var leaves = false
  let reason: String

  static func message(_ request: UInt32, flags: UInt32 = 1, size: UInt32) -> [UInt8] {
    Malformed.words(request, flags, size)
  }

  static let all: [HostileBytes] =
    [RelaySide.frontEnd, .backEnd].flatMap { side in
      let name = side.name
      return [
        HostileBytes(
          testDescription: "four gigabytes from the \(name)", side: side, bytes: message(1, size: .max),
          reason: "the \(name) broke the protocol: getFeatures (1) claims 4294967295 bytes"),
        HostileBytes(
          testDescription: "a page and a byte from the \(name)", side: side, bytes: message(99, size: 4097),
          reason: "the \(name) broke the protocol: request 99 claims 4097 bytes"),
        HostileBytes(
          testDescription: "nine descriptors from the \(name)", side: side, bytes: message(5, size: 0), descriptors: 9,
          reason: "the \(name) broke the protocol: a message lost descriptors"),
        HostileBytes(
          testDescription: "as many descriptors as the system passes from the \(name)", side: side,
          bytes: message(5, size: 0), descriptors: 253,
          reason: "the \(name) broke the protocol: a message lost descriptors"),
        HostileBytes(
          testDescription: "half a header and no more from the \(name)", side: side, bytes: [1, 0, 0, 0, 1],
          descriptors: 1, leaves: true, reason: "the \(name) broke the protocol: the peer left after 5 bytes"),
        HostileBytes(
          testDescription: "half a payload and no more from the \(name)", side: side,
          bytes: message(2, size: 8) + [1, 2], descriptors: 1, leaves: true,
          reason: "the \(name) broke the protocol: the peer left after 14 bytes"),
        HostileBytes(
          testDescription: "the end of the \(name)", side: side, bytes: [], leaves: true,
          reason: "the \(name) closed the connection"),
      ]
    } + [
      HostileBytes(
        testDescription: "a display without socket", side: .frontEnd, bytes: message(33, size: 0),
        reason: "the front end broke the protocol: gpuSetSocket (33) came with 0 descriptors"),
      HostileBytes(
        testDescription: "a display with two sockets", side: .frontEnd, bytes: message(33, size: 0), descriptors: 2,
        reason: "the front end broke the protocol: gpuSetSocket (33) came with 2 descriptors"),
    ]
}

@Suite("The relay between a front end and a back end")
struct RelayTests {
  /// Messages of every number up to 50 but that of the display socket, of all lengths that there are, with nothing valid in
  /// them: it is the receiver who judges.
  private static let messages: [(bytes: [UInt8], descriptors: Int)] = (0...50).filter { $0 != 33 }.map { number in
    let size = [0, 8, 40, 4096, 1, 2056][number % 6]
    let header = Malformed.words(UInt32(number), UInt32(number * 7), UInt32(size))
    return (header + (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ number) }, number % 9)
  }

  @Test("messages and descriptors pass on unchanged in both directions", arguments: [RelaySide.frontEnd, .backEnd])
  func unchanged(side: RelaySide) throws {
    let bench = try RelayBench()
    bench.given = try makeToken("unused")
    for (bytes, count) in Self.messages {
      // A kick of a front end without a display would bring one along.
      guard side == .backEnd || bytes[0] != 12 else { continue }
      let name = "relayed-\(bytes[0])-\(UInt64.random(in: 0 ... .max))"
      var tokens = try (0..<count).map { _ in try makeToken(name) }
      try bench.send(bytes, descriptors: tokens, by: side)
      var received = try bench.receive(at: side.other)
      #expect(received.bytes == bytes)
      #expect(received.descriptors.count == count)
      #expect(try openDescriptors(named: name) == 2 * count, "the relay kept descriptors")
      tokens = []
      received.descriptors = []
      #expect(try openDescriptors(named: name) == 0)
    }
    #expect(bench.end == nil)
    #expect(bench.displays.isEmpty)
  }

  @Test("messages that come byte by byte pass on as well, their descriptors with the first byte")
  func bytewise() throws {
    let bench = try RelayBench()
    let token = try makeToken("bytewise")
    for (bytes, _) in Self.messages where bytes.count < 100 && bytes[0] != 12 {
      var rest = bytes[...]
      try bench.send([rest.removeFirst()], descriptors: [token], by: .frontEnd)
      while let byte = rest.popFirst() { try bench.send([byte], by: .frontEnd) }
      let received = try bench.receive(at: .backEnd)
      #expect(received.bytes == bytes)
      #expect(received.descriptors.count == 1)
    }
  }

  @Test("the back end gets another display socket than the front end gave, in the same message")
  func displaySocket() throws {
    let bench = try RelayBench()
    for flags in [1, 9] as [UInt32] {
      let (ofFrontEnd, atFrontEnd) = try UnixSocket.makePair()
      let (ofTap, atTap) = try UnixSocket.makePair()
      bench.given = ofTap.descriptor
      let message = Malformed.words(33, flags, 0)
      try bench.send(message, descriptors: [ofFrontEnd.descriptor], by: .frontEnd)
      let received = try bench.receive(at: .backEnd)
      #expect(received.bytes == message)
      #expect(received.descriptors.count == 1)
      try UnixSocket(#require(received.descriptors.first)).send([7])
      #expect(try atTap.receive(1).bytes == [7])
      try UnixSocket(#require(bench.displays.last ?? nil)).send([8])
      #expect(try atFrontEnd.receive(1).bytes == [8])
    }
    #expect(bench.displays.count == 2)
    // From now on it is the front end that gives them.
    let kick = Malformed.words(12, 1, 8) + Malformed.longWords(0)
    try bench.send(kick, by: .frontEnd)
    #expect(try bench.receive(at: .backEnd).bytes == kick)
    #expect(bench.displays.count == 2)
  }

  @Test(
    "a front end that gives no display socket has one given to its back end before the queues start, after each reset")
  func injectedSocket() throws {
    let bench = try RelayBench()
    bench.given = try makeToken("injected")
    let injected = Malformed.words(33, 1, 0)
    let kick = Malformed.words(12, 1, 8) + Malformed.longWords(0)
    let resets = [
      [], Malformed.words(34, 9, 0), Malformed.words(4, 1, 0), Malformed.words(39, 1, 8) + Malformed.longWords(0),
    ]
    for reset in resets {
      let setup = reset + Malformed.words(2, 1, 8) + Malformed.longWords(5)
      try bench.send(setup, by: .frontEnd)
      #expect(try bench.receive(at: .backEnd).bytes == setup)
      try bench.send(kick + kick, by: .frontEnd)
      let received = try bench.backEnd.receive(injected.count)
      #expect(received.bytes == injected)
      #expect(received.descriptors.count == 1)
      #expect(try bench.receive(at: .backEnd).bytes == kick + kick)
    }
    // What sets a status is no reset.
    let status = Malformed.words(39, 1, 8) + Malformed.longWords(8)
    try bench.send(status + kick, by: .frontEnd)
    #expect(try bench.receive(at: .backEnd).bytes == status + kick)
    #expect(bench.displays.count == resets.count)
    #expect(bench.displays.allSatisfy { $0 == nil })
  }

  @Test("a configuration that leaves the number of scanouts to its front end gets one, and no other reply changes")
  func scanouts() throws {
    func reply(_ offset: UInt32, _ bytes: [UInt8], request: UInt32 = 24, flags: UInt32 = 5) -> [UInt8] {
      Malformed.words(request, flags, UInt32(12 + bytes.count), offset, UInt32(bytes.count), 0) + bytes
    }
    let bench = try RelayBench()
    let zeros = [UInt8](repeating: 0, count: 16)
    let filled = zeros.prefix(8) + [3] + zeros.prefix(7)
    for (sent, expected) in [
      (reply(0, zeros), reply(0, filled + [])), (reply(8, Array(zeros.prefix(4))), reply(8, [3, 0, 0, 0])),
      (reply(4, Array(zeros.prefix(9))), reply(4, [0, 0, 0, 0, 3, 0, 0, 0, 0])),
    ] {
      try bench.send(sent, by: .backEnd)
      #expect(try bench.receive(at: .frontEnd).bytes == expected)
    }
    let untouched = [
      reply(0, zeros.prefix(8) + [2] + zeros.prefix(7)), reply(0, Array(zeros.prefix(11))), reply(9, zeros),
      reply(.max, zeros), reply(0, zeros, request: 25), reply(0, zeros, flags: 1),
      Malformed.words(24, 5, 8, 0, 16), Malformed.words(24, 5, 0),
    ]
    for sent in untouched {
      try bench.send(sent, by: .backEnd)
      #expect(try bench.receive(at: .frontEnd).bytes == sent)
      try bench.send(reply(0, zeros), by: .frontEnd)
      #expect(try bench.receive(at: .backEnd).bytes == reply(0, zeros))
    }
  }

  @Test("a hostile side ends the relay with a sentence, and both connections are closed", arguments: HostileBytes.all)
  func hostile(input: HostileBytes) throws {
    let bench = try RelayBench()
    let name = "hostile-\(UInt64.random(in: 0 ... .max))"
    var tokens = try (0..<input.descriptors).map { _ in try makeToken(name) }
    if !input.bytes.isEmpty { try bench.send(input.bytes, descriptors: tokens, by: input.side) }
    if input.leaves {
      #expect(bench.end == nil)
      bench.socket(of: input.side).shutdown()
      try bench.pump()
    }
    let end = try #require(bench.end)
    #expect(end.description.contains(input.reason), "\(end)")
    #expect(end.isOrderly == (end == .left(.frontEnd)))
    #expect(bench.isHungUp(.frontEnd))
    #expect(bench.isHungUp(.backEnd))
    tokens = []
    #expect(try openDescriptors(named: name) == 0, "descriptors leaked")
  }

  @Test("a side that does not read stops the other one, and loses nothing", arguments: [RelaySide.frontEnd, .backEnd])
  func stalled(side: RelaySide) throws {
    let bench = try RelayBench()
    var count = 0
    let payload = [UInt8](repeating: 9, count: 4096)
    func message(_ number: Int) -> [UInt8] { Malformed.words(4711, UInt32(number), 4096) + payload }
    var rest: [UInt8] = []
    while true {
      if rest.isEmpty {
        rest = message(count)
        count += 1
      }
      guard let sent = try bench.socket(of: side).sendSome(rest) else {
        // What the relay has read makes room.
        try bench.pump()
        guard let more = try bench.socket(of: side).sendSome(rest) else { break }
        rest.removeFirst(more)
        continue
      }
      rest.removeFirst(sent)
      #expect(count < 1000, "the relay reads without bound")
    }
    // The other direction goes on.
    let other = Malformed.words(1, 5, 0)
    try bench.send(other, by: side.other)
    #expect(try bench.receive(at: side).bytes == other)
    var received: [UInt8] = []
    while received.count < count * message(0).count {
      if let sent = rest.isEmpty ? nil : try bench.socket(of: side).sendSome(rest) { rest.removeFirst(sent) }
      let more = try bench.receive(at: side.other)
      #expect(!more.isEnd)
      received += more.bytes
      try bench.pump()
    }
    #expect(received == (0..<count).flatMap(message))
    #expect(bench.end == nil)
  }

  @Test("a sender that leaves while its receiver does not read is noticed", arguments: [RelaySide.frontEnd, .backEnd])
  func leavesStalled(side: RelaySide) throws {
    let bench = try RelayBench()
    let message = Malformed.words(4711, 1, 4096) + [UInt8](repeating: 9, count: 4096)
    while try bench.socket(of: side).sendSome(message) != nil { try bench.pump() }
    bench.socket(of: side).shutdown()
    try bench.pump()
    #expect(bench.end == .left(side))
  }

  @Test("a relay that is stopped or released closes both connections, and says nothing")
  func stops() throws {
    for releases in [false, true] {
      let bench = try RelayBench()
      if releases { bench.release() } else { bench.relay?.stop() }
      #expect(bench.isHungUp(.frontEnd))
      #expect(bench.isHungUp(.backEnd))
      try bench.pump()
      #expect(bench.end == nil)
    }
  }
}

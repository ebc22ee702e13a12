import Glibc
import LinuxIO
import Testing
import Virtio
import Wire

@testable import VhostUser

@Suite("A back end with shared memory")
struct SharedMemoryTests {
  @Test("only a device with regions offers them")
  func offer() throws {
    let bench = try SessionBench()
    #expect(try bench.ask(.getProtocolFeatures) == ProtocolFeatures.supported.rawValue)
    bench.device.sharedMemoryRegions = [1: 4096]
    #expect(try bench.ask(.getProtocolFeatures) == ProtocolFeatures.supported.rawValue | 1 << 22 | 1 << 10)
  }

  @Test(
    "the front end can ask how long they are", arguments: [[:], [1: 0x10000], [0: 1, 255: .max]] as [[UInt8: UInt64]])
  func configuration(regions: [UInt8: UInt64]) throws {
    let bench = try SessionBench()
    bench.device.sharedMemoryRegions = regions
    try bench.send(.getShmemConfig)
    let reply = try #require(try bench.nextReply())
    #expect(reply.payload.count == 2056)
    var reader = ByteReader(reply.payload)
    #expect(try SharedMemoryConfiguration(&reader).sizes == regions)
  }

  @Test("mappings complete with the replies of the front end, in the order of the requests")
  func replies() throws {
    let bench = try SharedMemoryBench()
    #expect(bench.bench.server.sharedMemoryCount(ofRegion: 1) == 0x10000)
    try bench.map("a", page: 1)
    try bench.map("b", page: 2)
    bench.unmap("c", page: 1)
    #expect(try bench.requests() == ["map 1?", "map 2?", "unmap 1?"])
    #expect(bench.heard.isEmpty)
    try bench.reply(.shmemMap, 0)
    #expect(bench.takeHeard() == ["a true"])
    try bench.reply(.shmemMap, 17)
    try bench.reply(.shmemUnmap, 0)
    #expect(bench.takeHeard() == ["b false", "c true"])
    #expect(bench.bench.events.take() == [])
  }

  @Test("a reply may come in pieces")
  func slowReply() throws {
    let bench = try SharedMemoryBench()
    try bench.map("a")
    for byte in Malformed.words(9, 5, 8) + Malformed.longWords(0) {
      #expect(bench.heard.isEmpty)
      try bench.say([byte])
    }
    #expect(bench.heard == ["a true"])
  }

  @Test("a completion may ask for more")
  func chain() throws {
    let bench = try SharedMemoryBench()
    let file = try makeToken("chain")
    var heard: [Bool] = []
    bench.bench.server.map(file, count: 0x1000, ofRegion: 1, at: 0) { [server = bench.bench.server] in
      heard.append($0)
      server.map(file, count: 0x1000, ofRegion: 1, at: 0x1000) { heard.append($0) }
    }
    try bench.reply(.shmemMap, 0)
    #expect(try bench.requests() == ["map 0?", "map 1?"])
    try bench.reply(.shmemMap, 1)
    #expect(heard == [true, false])
  }

  @Test("without REPLY_ACK, requests complete as done")
  func withoutReplies() throws {
    let bench = try SharedMemoryBench(.sharedMemorySupport)
    try bench.map("a", page: 3)
    bench.unmap("b", page: 3)
    #expect(bench.heard == ["a true", "b true"])
    #expect(try bench.requests() == ["map 3", "unmap 3"])
  }

  @Test("a front end that does not know shared memory is not asked")
  func withoutFeature() throws {
    let bench = try SharedMemoryBench(.supported)
    #expect(bench.bench.server.sharedMemoryCount(ofRegion: 1) == 0)
    try bench.map("a")
    #expect(bench.heard == ["a false"])
    #expect(try bench.requests() == [])
  }

  @Test(
    "a range outside of a region is not asked for",
    arguments: [(15, 0x2000, 1), (16, 0x1000, 1), (0, 0, 1), (1 << 52 - 1, 0x2000, 1), (1, .max, 1), (0, 0x1000, 2)]
      as [(UInt64, UInt64, UInt8)])
  func outside(page: UInt64, count: UInt64, region: UInt8) throws {
    let bench = try SharedMemoryBench()
    try bench.map("a", page: page, count: count, region: region)
    #expect(bench.heard == ["a false"])
    #expect(try bench.requests() == [])
  }

  @Test("without a session nothing is mapped, and nothing is left to unmap")
  func noSession() throws {
    let bench = try SharedMemoryBench()
    try bench.bench.hangUp()
    try bench.map("a")
    bench.unmap("b")
    #expect(bench.heard == ["a false", "b true"])
    #expect(bench.bench.server.sharedMemoryCount(ofRegion: 1) == 0)
  }

  @Test("the end of the session fails outstanding requests, and nothing is left to unmap")
  func sessionEnd() throws {
    let bench = try SharedMemoryBench()
    bench.bench.device.goodbye = { [unowned bench] in bench.unmap("c") }
    try bench.map("a")
    try bench.map("b", page: 1)
    try bench.reply(.shmemMap, 0)
    try bench.bench.hangUp()
    #expect(bench.heard == ["a true", "b false", "c true"])
  }

  @Test("a reset forgets outstanding requests, and undoes them before any other request")
  func reset() throws {
    let bench = try SharedMemoryBench()
    bench.bench.device.goodbye = { [unowned bench] in
      bench.unmap("c")
      try? bench.map("d")
    }
    try bench.map("a", page: 1)
    bench.unmap("b", page: 2)
    #expect(try bench.requests() == ["map 1?", "unmap 2?"])
    try bench.bench.tell(.resetDevice)
    #expect(bench.takeHeard() == ["a false", "b false", "c true", "d false"])
    bench.bench.device.goodbye = {}
    // While no ring runs a back end says nothing.
    try bench.map("e", page: 3)
    #expect(try bench.requests() == [])
    try bench.reply(.shmemMap, 0)
    try bench.reply(.shmemUnmap, 0)
    _ = try bench.bench.setUp(bench.ram)
    try bench.bench.enable()
    #expect(try bench.requests() == ["unmap 1?", "map 3?"])
    try bench.reply(.shmemUnmap, 22)
    try bench.reply(.shmemMap, 0)
    #expect(bench.heard == ["e true"])
  }

  @Test("resets without end ask a front end that never replies to undo a mapping once")
  func resets() throws {
    let bench = try SharedMemoryBench()
    try bench.map("a", page: 1)
    #expect(try bench.requests() == ["map 1?"])
    var undone: [String] = []
    for _ in 0..<10 {
      try bench.bench.tell(.resetDevice)
      _ = try bench.bench.setUp(bench.ram)
      try bench.bench.enable()
      undone += try bench.requests()
    }
    #expect(undone == ["unmap 1?"])
  }

  @Test("a front end that never replies has a bounded number of requests outstanding")
  func neverReplies() throws {
    let bench = try SharedMemoryBench()
    for index in 0..<BackEndChannel.maximumOutstanding {
      bench.unmap("\(index)")
      if index % 64 == 0 { _ = try bench.requests() }
    }
    #expect(bench.heard == [])
    try bench.map("one too many")
    #expect(bench.heard == ["one too many false"])
    // What takes back goes out all the same: the guest would see for ever what the device has forgotten.
    bench.unmap("the last")
    #expect(bench.heard == ["one too many false"])
    #expect(try bench.requests().last == "unmap 0?")
    for _ in 0..<BackEndChannel.maximumOutstanding { try bench.reply(.shmemUnmap, 0) }
    #expect(bench.heard.last == "\(BackEndChannel.maximumOutstanding - 1) true")
    try bench.reply(.shmemUnmap, 0)
    #expect(bench.heard.last == "the last true")
    #expect(try bench.bench.ask(.getQueueNum) == 2)
  }

  @Test("a front end that does not read does not block the device, and misses nothing")
  func fullChannel() throws {
    let bench = try SharedMemoryBench()
    for page in 0..<1000 { bench.unmap("\(page)", page: UInt64(page % 16)) }
    bench.bench.server.configurationChanged()
    #expect(try bench.bench.ask(.getQueueNum) == 2)
    var seen: [String] = []
    for _ in 0..<20 {
      seen += try bench.requests()
      try bench.bench.pump()
    }
    #expect(seen == (0..<1000).map { "unmap \($0 % 16)?" } + ["config?"])
    for _ in 0..<1000 { try bench.reply(.shmemUnmap, 0) }
    #expect(bench.heard == (0..<1000).map { "\($0) true" })
  }

  @Test("what did not fit before a reset is not asked for after it")
  func fullChannelReset() throws {
    let bench = try SharedMemoryBench()
    for page in 0..<1000 { bench.unmap("\(page)", page: UInt64(page % 16)) }
    try bench.bench.tell(.resetDevice)
    #expect(bench.takeHeard() == (0..<1000).map { "\($0) false" })
    let before = try bench.requests().count
    #expect(before < 1000)
    try bench.bench.pump()
    #expect(try bench.requests() == [])
  }

  /// Messages of a front end over the channel that are not a valid reply to SHMEM_MAP.
  static let junk: [Malformed] = [
    .init(
      "a reply to another request", request: 10, flags: 5, payload: Malformed.longWords(0), reason: "not awaited"),
    .init("a reply to no request", request: 4711, flags: 5, payload: Malformed.longWords(0), reason: "not awaited"),
    .init("a reply without a result", request: 9, flags: 5, reason: "0 bytes came as the reply"),
    .init("a result of 4 bytes", request: 9, flags: 5, payload: Malformed.words(0), reason: "4 bytes came"),
    .init("a result of 16 bytes", request: 9, flags: 5, payload: Malformed.longWords(0, 0), reason: "16 bytes came"),
    .init("a request", request: 9, payload: Malformed.longWords(0), reason: "mixed up"),
    .init("version 2", request: 9, flags: 6, payload: Malformed.longWords(0), reason: "version 1 was expected"),
    .init("an endless result", request: 9, flags: 5, size: .max, reason: "claims 4294967295 bytes"),
    .init("too many descriptors", request: 9, flags: 5, descriptors: 40, reason: "lost descriptors"),
    .init(
      "two replies", request: 9, flags: 5, size: 8, payload: Malformed.longWords(0) + Malformed.words(9, 5, 8, 0, 0),
      reason: "not awaited"),
  ]

  @Test("an invalid reply ends the session with a reason", arguments: junk)
  func noResponse(message: Malformed) throws {
    let bench = try SharedMemoryBench()
    try bench.map("a")
    try bench.say(message.bytes, descriptors: (0..<message.descriptorCount).map { _ in try makeToken("junk") })
    #expect(bench.bench.isHungUp())
    #expect(bench.heard.count == 1)
    let events = bench.bench.events.take()
    #expect(events.count == 1)
    #expect(events.last?.contains(message.reason) == true, "\(events)")
    try bench.bench.connect()
    #expect(try bench.bench.ask(.getQueueNum) == 2)
  }

  @Test("random replies do no harm")
  func randomReplies() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<100 {
      let bench = try SharedMemoryBench()
      try bench.map("a")
      var bytes = Malformed.words(9, 5, 8) + Malformed.longWords(0)
      for _ in 0..<4 { bytes[Int.random(in: 0..<20, using: &generator)] = .random(in: 0...255, using: &generator) }
      try bench.say(bytes)
      try bench.bench.hangUp()
      #expect(bench.heard.count == 1)
    }
  }

  @Test("a channel that the front end closes fails outstanding requests, and the session continues")
  func closedChannel() throws {
    let bench = try SharedMemoryBench()
    try bench.map("a")
    try bench.closeChannel()
    #expect(bench.heard == ["a false"])
    try bench.map("b")
    #expect(bench.takeHeard() == ["a false", "b false"])
    #expect(bench.bench.events.take().count == 1)
    #expect(!bench.bench.server.configurationChanged())
    try bench.openChannel()
    try bench.map("c")
    try bench.reply(.shmemMap, 0)
    #expect(bench.heard == ["c true"])
  }

  @Test("a new channel takes the place of one with requests under way")
  func newChannel() throws {
    let bench = try SharedMemoryBench()
    try bench.map("a")
    try bench.openChannel()
    #expect(bench.takeHeard() == ["a false"])
    try bench.map("b", page: 1)
    #expect(try bench.requests() == ["map 1?"])
  }

  @Test("a channel that its sender makes blocking does not block")
  func blockingChannel() throws {
    let bench = try SharedMemoryBench()
    let theirs = try bench.openChannel()
    #expect(fcntl(theirs.descriptor.rawValue, F_SETFL, 0) == 0)
    for page in 0..<1000 { bench.unmap("\(page)", page: UInt64(page % 16)) }
    try bench.bench.pump()
    try bench.reply(.shmemUnmap, 0)
    #expect(bench.heard == ["0 true"])
  }

  @Test("no descriptor is left behind")
  func descriptors() throws {
    let name = "shown-\(UInt64.random(in: 0 ... .max))"
    let bench = try SharedMemoryBench()
    do {
      let file = try makeToken(name)
      for _ in 0..<2 { bench.bench.server.map(file, count: 0x1000, ofRegion: 1, at: 0) { _ in } }
    }
    _ = try bench.requests()
    #expect(try openDescriptors(named: name) == 0)
  }
}

import LinuxIO
import Testing
import Virtio
import Wire

@testable import VhostUser

@Suite("A front end with shared memory")
struct SharedMemoryFrontEndTests {
  /// A device that maps a file at 0x2000 of region 1 before it responds to a request, and unmaps it before the next.
  private static func serve(_ socket: UnixSocket, _ file: Descriptor) throws -> ServerThread {
    let thread = try ServerThread(socket)
    try thread.perform { server, device in
      device.sharedMemoryRegions = [1: 0x10000]
      device.holds = true
      var isShown = false
      device.afterHolding = { [unowned server, unowned device] in
        let done: (Bool) -> Void = { [unowned device] success in
          device.journal.write("\(isShown ? "shown" : "hidden") \(success)")
          device.respondToHeld()
        }
        isShown.toggle()
        if isShown {
          server.map(file, fileOffset: 0x1000, count: 0x1000, ofRegion: 1, at: 0x2000, completion: done)
        } else {
          server.unmap(count: 0x1000, ofRegion: 1, at: 0x2000, completion: done)
        }
      }
    }
    return thread
  }

  private let (near, far): (UnixSocket, UnixSocket)
  private let ram: TestRAM
  private let file: Descriptor

  init() throws {
    (near, far) = try UnixSocket.makePair()
    ram = try TestRAM()
    file = try MappedMemory.makeFile(named: "shown", count: 0x2000)
  }

  @Test("what a device maps is there for both sides when its request is responded to", arguments: [true, false])
  func roundTrip(hasReplies: Bool) throws {
    let server = try Self.serve(far, file)
    let frontEnd = try FrontEnd(near)
    var wanted = SharedMemoryBench.features
    if !hasReplies { wanted.remove(.replyAck) }
    try frontEnd.negotiate(features: FeatureBits.version1, protocolFeatures: wanted)
    try frontEnd.share([ram.shared])
    try frontEnd.openSharedMemory()
    #expect(frontEnd.sharedMemory.mapValues(\.count) == [1: 0x10000])
    let window = try #require(frontEnd.sharedMemory[1])
    let queue = try frontEnd.startQueue(0, layout: ram.layout())
    var ring = DriverRing(ram)
    for round in 1...10 as ClosedRange<UInt8> {
      try ring.post([round])
      queue.kick.signal()
      #expect(try frontEnd.wait(for: queue.call, within: .seconds(10)))
      // Without replies nothing tells when it is mapped, only that SHMEM_MAP was sent before the response to the guest.
      if !hasReplies { _ = try frontEnd.wait(for: queue.call, within: .milliseconds(1)) }
      #expect(try ring.responses() == [[round]])
      #expect(window.mappingCount == Int(round % 2))
      guard round % 2 == 1 else { continue }
      try window.write([round, 2, 3], at: 0x2010)
      #expect(try file.read(3, at: 0x1010) == [round, 2, 3])
      let other = try MappedMemory(file, offset: 0x1020, count: 1)
      // Safe: the byte is inside the mapping.
      unsafe other.withBytes { unsafe $0[0] = round }
      #expect(try window.read(at: 0x2020, count: 1) == [round])
    }
    #expect(server.journal.take().filter { $0.hasSuffix("false") } == [])
    server.stop()
  }

  @Test("a device whose window is full continues without the mapping")
  func refusal() throws {
    let server = try Self.serve(far, file)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1, protocolFeatures: SharedMemoryBench.features)
    try frontEnd.share([ram.shared])
    try frontEnd.openSharedMemory()
    try #require(frontEnd.sharedMemory[1]).map(file, count: 0x2000, at: 0x1000)
    let queue = try frontEnd.startQueue(0, layout: ram.layout())
    var ring = DriverRing(ram)
    try ring.post([1])
    queue.kick.signal()
    #expect(try frontEnd.wait(for: queue.call, within: .seconds(10)))
    #expect(server.journal.take().contains("shown false"))
    server.stop()
  }

  @Test("a front end that does not know shared memory is served without")
  func withoutFeature() throws {
    let server = try Self.serve(far, file)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1)
    try frontEnd.openSharedMemory()
    #expect(frontEnd.sharedMemory.isEmpty)
    try frontEnd.share([ram.shared])
    let queue = try frontEnd.startQueue(0, layout: ram.layout())
    var ring = DriverRing(ram)
    try ring.post([1])
    queue.kick.signal()
    #expect(try queue.call.wait(timeoutMilliseconds: 10_000))
    #expect(server.journal.take().contains("shown false"))
    server.stop()
  }

  @Test("a reset empties the regions, and a device starts over in them", arguments: [true, false])
  func reset(byStatus: Bool) throws {
    let server = try Self.serve(far, file)
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1, protocolFeatures: SharedMemoryBench.features)
    try frontEnd.share([ram.shared])
    try frontEnd.openSharedMemory()
    let window = try #require(frontEnd.sharedMemory[1])
    var queue = try frontEnd.startQueue(0, layout: ram.layout())
    var ring = DriverRing(ram)
    try ring.post([1])
    queue.kick.signal()
    // The request to map waits in the channel while the device is reset.
    #expect(try frontEnd.channel?.descriptor.wait(for: .readable, timeoutMilliseconds: 10_000) == true)
    #expect(try !queue.call.wait(timeoutMilliseconds: 0))
    if byStatus { try frontEnd.setStatus(0) } else { try frontEnd.resetDevice() }
    #expect(window.mappingCount == 0)
    #expect(server.journal.take().contains("shown false"))
    try ram.clearRings()
    try server.perform { [file] server, device in
      device.afterHolding = { [unowned server, unowned device] in
        server.map(file, count: 0x1000, ofRegion: 1, at: 0x2000) { [unowned device] in
          device.journal.write("again \($0)")
          device.respondToHeld()
        }
      }
    }
    queue = try frontEnd.startQueue(0, layout: ram.layout())
    ring = DriverRing(ram)
    try ring.post([2])
    queue.kick.signal()
    #expect(try frontEnd.wait(for: queue.call, within: .seconds(10)))
    #expect(server.journal.take().contains("again true"))
    #expect(window.mappingCount == 1)
    server.stop()
  }

  @Test("a wait for a counter ends with its time, also while the back end talks")
  func waitEnds() throws {
    let (frontEnd, channel) = try connectToTest()
    let counter = try EventCounter()
    #expect(try !frontEnd.wait(for: counter, within: .milliseconds(1)))
    try channel.send(BackEndMessage.configChangeMsg.encoded(flags: .version))
    #expect(try !frontEnd.wait(for: counter, within: .milliseconds(1)))
    counter.signal()
    #expect(try frontEnd.wait(for: counter, within: .milliseconds(1)))
    // A notification that arrived meanwhile is not lost.
    #expect(try frontEnd.waitForConfigurationChange(within: .zero))
    #expect(try !frontEnd.waitForConfigurationChange(within: .zero))
  }

  @Test("a channel that the back end closed is no longer read")
  func closedChannel() throws {
    var (frontEnd, channel) = try connectToTest()
    channel = near
    #expect(try !frontEnd.wait(for: EventCounter(), within: .milliseconds(1)))
    #expect(try !frontEnd.waitForConfigurationChange(within: .seconds(10)))
    withExtendedLifetime(channel) {}
  }

  /// What a front end does not grant, with 4 KiB shown at 0x4000 of a region 1 of 64 KiB, of a file of 8 KiB.
  static let refused: [MMapRequest] = [
    .init(regionID: 0, offset: 0, count: 0x1000), .init(regionID: 2, offset: 0, count: 0x1000),
    .init(regionID: 255, offset: 0, count: 0x1000), .init(regionID: 1, offset: 0, count: 0),
    .init(regionID: 1, offset: 0, count: 100), .init(regionID: 1, offset: 0x800, count: 0x1000),
    .init(regionID: 1, fileOffset: 1, offset: 0, count: 0x1000), .init(regionID: 1, offset: 0x10000, count: 0x1000),
    .init(regionID: 1, offset: 0xf000, count: 0x2000), .init(regionID: 1, offset: .max - 0xfff, count: 0x1000),
    .init(regionID: 1, offset: 0x1000, count: .max - 0xfff), .init(regionID: 1, offset: 1 << 63, count: 1 << 63),
    .init(regionID: 1, offset: 0x4000, count: 0x1000), .init(regionID: 1, offset: 0x3000, count: 0x2000),
    .init(regionID: 1, fileOffset: 0x2000, offset: 0, count: 0x1000),
    .init(regionID: 1, fileOffset: .max - 0xfff, offset: 0, count: 0x1000),
    .init(regionID: 1, fileOffset: 0, offset: 0, count: 0x3000),
  ]

  @Test("a mapping that cannot be is refused, and the back end may go on", arguments: refused)
  func isRefused(mapping: MMapRequest) throws {
    let (frontEnd, channel) = try connectToTest()
    var reader = MessageReader(.replies)
    func ask(_ message: BackEndMessage) throws -> UInt64? {
      try channel.send(message.encoded(flags: [.version, .needsReply]), descriptors: message.descriptors)
      #expect(try !frontEnd.wait(for: EventCounter(), within: .zero))
      guard case .message(let reply) = try reader.next(from: channel) else { return nil }
      #expect(reply.header.request == message.request.rawValue)
      return try reply.number
    }
    let good = MMapRequest(regionID: 1, offset: 0x4000, count: 0x1000)
    #expect(try ask(.shmemMap(good, file: file)) == 0)
    let code = try #require(try ask(.shmemMap(mapping, file: file)))
    #expect(code != 0 && code < 4096)
    if mapping != good { #expect(try ask(.shmemUnmap(mapping)) != 0) }
    #expect(frontEnd.sharedMemory[1]?.mappingCount == 1)
    #expect(try ask(.shmemUnmap(good)) == 0)
    #expect(frontEnd.sharedMemory[1]?.mappingCount == 0)
  }

  @Test("an unknown request is refused when its sender needs a reply", arguments: [true, false])
  func unknownRequest(needsReply: Bool) throws {
    let (frontEnd, channel) = try connectToTest()
    let flags: MessageHeader.Flags = needsReply ? [.version, .needsReply] : .version
    try channel.send(Message.encode(request: 6, flags: flags, payload: Array(repeating: 0, count: 16)))
    #expect(try !frontEnd.wait(for: EventCounter(), within: .zero))
    var reader = MessageReader(.replies)
    guard case .message(let reply) = try reader.next(from: channel) else { return #expect(!needsReply) }
    #expect(needsReply)
    #expect(try reply.number != 0)
  }

  /// Invalid requests of a back end.
  static let malformed: [Malformed] = [
    .init("a map without a file", request: 9, payload: longMapping, reason: "0 descriptors"),
    .init("a map with two files", request: 9, payload: longMapping, descriptors: 2, reason: "2 descriptors"),
    .init("an unmap with a file", request: 10, payload: longMapping, descriptors: 1, reason: "1 descriptors"),
    .init("a map of 39 bytes", request: 9, payload: Array(longMapping.dropLast()), reason: "39 bytes"),
    .init("an unmap of 48 bytes", request: 10, payload: longMapping + longMapping.prefix(8), reason: "48 bytes"),
    .init("a map without a payload", request: 9, descriptors: 1, reason: "0 bytes"),
    .init("a notification with a payload", request: 2, payload: Malformed.words(1), reason: "4 bytes"),
    .init("a reply", request: 9, flags: 5, payload: Malformed.longWords(0), reason: "mixed up"),
    .init("version 3", request: 9, flags: 3, payload: longMapping, reason: "version 1 was expected"),
    .init("an endless payload", request: 6, size: .max, reason: "claims 4294967295 bytes"),
    .init("forty files", request: 9, payload: longMapping, descriptors: 40, reason: "lost descriptors"),
  ]

  private static var longMapping: [UInt8] { Malformed.longWords(1, 0, 0, 0x1000, 1) }

  @Test("an invalid request is an error", arguments: malformed)
  func isMalformed(message: Malformed) throws {
    var (frontEnd, channel): (FrontEnd?, UnixSocket) = try connectToTest()
    let name = "malformed-\(UInt64.random(in: 0 ... .max))"
    do {
      let files = try (0..<message.descriptorCount).map { _ in try makeToken(name) }
      try channel.send(message.bytes, descriptors: files)
    }
    let error = #expect(throws: FrontEndError.self) { try frontEnd?.wait(for: EventCounter(), within: .seconds(10)) }
    #expect(error.map { "\($0)".contains(message.reason) } == true, "\(String(describing: error))")
    #expect(frontEnd?.sharedMemory[1]?.mappingCount == 0)
    frontEnd = nil
    #expect(try openDescriptors(named: name) == 0, "descriptors leaked")
  }

  @Test("random requests never do harm")
  func randomRequests() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<100 {
      let (frontEnd, channel) = try SharedMemoryFrontEndTests().connectToTest()
      for _ in 0..<4 {
        var bytes = BackEndMessage.shmemMap(.init(regionID: 1, offset: 0, count: 0x1000), file: file).encoded(
          flags: [.version, .needsReply])
        for _ in 0..<2 { bytes[Int.random(in: 0..<52, using: &generator)] = .random(in: 0...255, using: &generator) }
        try channel.send(bytes, descriptors: [file])
      }
      _ = try? frontEnd.wait(for: EventCounter(), within: .zero)
    }
  }

  @Test("an invalid reply to GET_SHMEM_CONFIG is an error", arguments: [0, 8, 2048, 2055, 2057, 4096])
  func wrongConfiguration(count: Int) throws {
    let reply = FrontEndError.wrongReply(request: 44, count: count)
    #expect(throws: reply) { _ = try connectToTest(configuration: Array(repeating: 1, count: count)) }
  }

  /// A front end whose back end is the test, which has sent all replies in advance; and the channel.
  private func connectToTest(configuration: [UInt8]? = nil) throws -> (FrontEnd, UnixSocket) {
    var writer = ByteWriter()
    SharedMemoryConfiguration([1: 0x10000]).encode(to: &writer)
    let number = Malformed.longWords
    for (request, payload) in [
      (1, number(FeatureBits.version1 | FeatureBits.protocolFeatures)),
      (15, number(SharedMemoryBench.features.rawValue)), (2, number(0)), (44, configuration ?? writer.bytes),
      (21, number(0)),
    ] as [(UInt32, [UInt8])] {
      try far.send(Message.encode(request: request, flags: [.version, .reply], payload: payload))
    }
    let frontEnd = try FrontEnd(near)
    try frontEnd.negotiate(features: FeatureBits.version1, protocolFeatures: SharedMemoryBench.features)
    try frontEnd.openSharedMemory()
    var reader = MessageReader(.frontEndRequests)
    while case .message(let message) = try reader.next(from: far) {
      guard message.header.request == FrontEndRequest.setBackendReqFD.rawValue else { continue }
      let channel = UnixSocket(try #require(message.descriptors.first))
      try channel.descriptor.setNonBlocking()
      return (frontEnd, channel)
    }
    throw FrontEndError.closed
  }
}

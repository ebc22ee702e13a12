import LinuxIO
import Testing
import Wire

@testable import VhostUser

@Suite("Messages")
struct CodecTests {
  /// One of each, with values whose bytes all differ.
  static func examples() throws -> [FrontEndMessage] {
    let file = try MappedMemory.makeFile(named: "example", count: 4096)
    let region = MemoryRegion(
      guestAddress: 0x0102_0304_0506_0708, count: 0x1112_1314_1516_1718, userAddress: 0x2122_2324_2526_2728,
      fileOffset: 0x3132_3334_3536_3738)
    let state = VringState(index: 1, value: 0x0405_0607)
    let window = ConfigWindow(offset: 4, count: 3, flags: 1, bytes: [7, 8, 9])
    return [
      .getFeatures, .setFeatures(0x0102_0304_0506_0708), .setOwner, .resetOwner, .setMemTable([]),
      .setMemTable([SharedRegion(region, file: file), SharedRegion(region, file: file)]), .setVringNum(state),
      .setVringAddr(VringAddress(index: 1, descriptorTable: 0x1000, usedRing: 0x2000, availableRing: 0x3000)),
      .setVringBase(state), .getVringBase(state), .setVringKick(VringEvent(index: 3, descriptor: file)),
      .setVringKick(VringEvent(index: 3, descriptor: nil)), .setVringCall(VringEvent(index: 4, descriptor: file)),
      .setVringErr(VringEvent(index: 5, descriptor: nil)), .getProtocolFeatures, .setProtocolFeatures(.supported),
      .getQueueNum, .setVringEnable(state), .setBackendReqFD(file), .getConfig(window), .setConfig(window),
      .gpuSetSocket(file), .resetDevice, .getMaxMemSlots, .addMemReg(SharedRegion(region, file: file)),
      .remMemReg(region), .setStatus(15), .getStatus, .getShmemConfig,
    ]
  }

  @Test("every message is understood as it was meant")
  func roundTrips() throws {
    for message in try Self.examples() {
      let again = try FrontEndMessage(message.request, payload: message.payload, descriptors: message.descriptors)
      #expect(again.request == message.request)
      #expect(again.payload == message.payload)
      #expect(again.descriptors.map(\.rawValue) == message.descriptors.map(\.rawValue))
    }
  }

  @Test("every request has an example above")
  func isComplete() throws {
    #expect(Set(try Self.examples().map(\.request)) == Set(FrontEndRequest.allCases))
  }

  @Test("a header is three words")
  func header() throws {
    let bytes = FrontEndMessage.setFeatures(0x1_0000_0002).encoded(flags: [.version, .needsReply])
    #expect(bytes == [2, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0])
  }

  @Test("the ring addresses go out as descriptors, used, available")
  func ringAddresses() {
    let address = VringAddress(index: 1, descriptorTable: 0x10, usedRing: 0x20, availableRing: 0x30)
    let words = FrontEndMessage.setVringAddr(address).payload
    #expect(words.count == 40)
    #expect([words[0], words[8], words[16], words[24], words[32]] == [1, 0x10, 0x20, 0x30, 0])
  }

  @Test("a memory table is a count, padding, and regions of 32 bytes")
  func memoryTable() throws {
    let file = try MappedMemory.makeFile(named: "table", count: 4096)
    let region = MemoryRegion(guestAddress: 1, count: 2, userAddress: 3, fileOffset: 4)
    let payload = FrontEndMessage.setMemTable([SharedRegion(region, file: file)]).payload
    #expect(payload.count == 40)
    #expect([payload[0], payload[8], payload[16], payload[24], payload[32]] == [1, 1, 2, 3, 4])
  }

  @Test("a ring event without descriptor has bit 8 set")
  func ringEvent() {
    #expect(FrontEndMessage.setVringKick(VringEvent(index: 5, descriptor: nil)).payload[0...1] == [5, 1])
  }

  @Test("a request to map is a region, padding, and four long words, beside its file")
  func shmemMap() throws {
    let file = try makeToken("shmem")
    let mapping = MMapRequest(regionID: 1, fileOffset: 0x2000, offset: 0x3000, count: 0x4000)
    let message = BackEndMessage.shmemMap(mapping, file: file)
    let words = [0x1, 0x2000, 0x3000, 0x4000, 1] as [UInt64]
    #expect(
      message.encoded(flags: [.version, .needsReply])
        == Malformed.words(9, 9, 40) + words.flatMap { Malformed.longWords($0) })
    #expect(message.descriptors.map(\.rawValue) == [file.rawValue])
    #expect(BackEndMessage.shmemUnmap(mapping).encoded(flags: .version).prefix(12) == Malformed.words(10, 1, 40)[...])
    #expect(BackEndMessage.shmemUnmap(mapping).descriptors.isEmpty)
  }

  @Test("every message of a back end is understood as it was meant")
  func backEndRoundTrips() throws {
    let file = try makeToken("shmem")
    let mapping = MMapRequest(
      regionID: 255, fileOffset: 0x0102_0304_0506_0708, offset: 0x1112_1314_1516_1718, count: 0x2122_2324_2526_2728,
      isWritable: false)
    let examples: [BackEndMessage] = [.configChangeMsg, .shmemMap(mapping, file: file), .shmemUnmap(mapping)]
    #expect(Set(examples.map(\.request)) == Set(BackEndRequest.allCases))
    for message in examples {
      let bytes = message.encoded(flags: .version)
      let again = try BackEndMessage(
        message.request, payload: Array(bytes.dropFirst(MessageHeader.size)), descriptors: message.descriptors)
      #expect(again.encoded(flags: .version) == bytes)
      #expect(again.descriptors.count == message.descriptors.count)
    }
  }

  @Test("the lengths of regions stand at their numbers, whatever the count says")
  func sharedMemoryConfiguration() throws {
    let configuration = SharedMemoryConfiguration([1: 0x1000, 7: 0, 255: .max])
    var writer = ByteWriter()
    configuration.encode(to: &writer)
    #expect(writer.bytes.count == 2056)
    #expect(writer.bytes.prefix(8) == Malformed.words(2, 0)[...])
    #expect(writer.bytes[16..<24] == Malformed.longWords(0x1000)[...])
    #expect(writer.bytes.suffix(8) == Malformed.longWords(.max)[...])
    var reader = ByteReader(Malformed.words(.max, 0) + writer.bytes.dropFirst(8))
    #expect(try SharedMemoryConfiguration(&reader).sizes == [1: 0x1000, 255: .max])
  }

  @Test("user-mode Linux's room for a second region is passed over")
  func longMemoryTable() throws {
    let file = try MappedMemory.makeFile(named: "table", count: 4096)
    let region = MemoryRegion(guestAddress: 1, count: 2, userAddress: 3, fileOffset: 4)
    let payload =
      FrontEndMessage.setMemTable([SharedRegion(region, file: file)]).payload + Array(repeating: 0, count: 32)
    #expect(payload.count == 72)
    guard case .setMemTable(let regions) = try FrontEndMessage(.setMemTable, payload: payload, descriptors: [file])
    else { return #expect(Bool(false), "another message") }
    #expect(regions.map(\.region) == [region])
  }
}

import GuestDriver
import LinuxIO
import Testing
import Virtqueue

@Suite("The split ring, driver and device")
struct VirtqueueTests {
  private struct Pair {
    let ram: GuestRAM
    let driver: DriverQueue
    let device: Virtqueue

    init(size: UInt16 = 8, features: VirtqueueFeatures = VirtqueueFeatures()) throws {
      ram = try GuestRAM(count: 1 << 20)
      driver = try DriverQueue(size: size, ram: ram, features: features)
      device = try Virtqueue(layout: driver.layout, memory: ram.memory, features: features)
    }

    func buffer(_ bytes: [UInt8]) throws -> DriverQueue.Buffer {
      let address = try ram.allocate(UInt64(bytes.count), alignment: 1)
      try ram.memory.write(bytes, at: address)
      return DriverQueue.Buffer(address: address, length: UInt32(bytes.count))
    }

    func take() throws -> DescriptorChain? {
      guard case .request(let chain)? = try device.take() else { return nil }
      return chain
    }
  }

  private static let features = [
    VirtqueueFeatures(), VirtqueueFeatures(indirectDescriptors: true),
    VirtqueueFeatures(indirectDescriptors: true, eventIndex: true),
  ]

  @Test("requests and responses go many times around the ring", arguments: features)
  func roundTrips(features: VirtqueueFeatures) throws {
    let pair = try Pair(features: features)
    let request = try pair.buffer([1, 2, 3])
    let room = try pair.buffer(Array(repeating: 0, count: 4))
    // More than 65,536, so that every index wraps.
    for round in 0..<70_000 {
      let head = try #require(pair.driver.submit(readable: [request], writable: [room]))
      let chain = try #require(try pair.take())
      #expect(chain.head == head)
      if round % 10_000 == 0 {
        #expect(try chain.read(limit: 100) == [1, 2, 3])
        #expect(try chain.write([UInt8(round / 10_000), 9]) == 2)
      }
      pair.device.give(back: chain.head, written: 2)
      #expect(try pair.take() == nil)
      #expect(pair.driver.collect()?.written == 2)
      #expect(pair.driver.collect() == nil)
    }
    #expect(try pair.ram.memory.read(at: room.address, count: 2) == [6, 9])
  }

  @Test("requests may come back in another order")
  func order() throws {
    let pair = try Pair()
    let heads = try (0..<4).map { try #require(pair.driver.submit(readable: [pair.buffer([$0])], writable: [])) }
    let chains = try heads.map { _ in try #require(try pair.take()) }
    #expect(pair.device.inFlight == 4)
    for chain in chains.reversed() { pair.device.give(back: chain.head, written: 0) }
    #expect(heads.reversed().map { _ in pair.driver.collect()?.head } == heads.reversed())
    #expect(pair.device.inFlight == 0)
  }

  @Test("a full table takes no more, and takes again what came back")
  func full() throws {
    let pair = try Pair(size: 4)
    let buffer = try pair.buffer([1])
    for _ in 0..<4 { #expect(pair.driver.submit(readable: [buffer], writable: []) != nil) }
    #expect(pair.driver.submit(readable: [buffer], writable: []) == nil)
    pair.device.give(back: try #require(try pair.take()).head, written: 0)
    _ = pair.driver.collect()
    #expect(pair.driver.submit(readable: [buffer], writable: []) != nil)
  }

  @Test("an indirect table may be longer than the ring")
  func longIndirect() throws {
    let pair = try Pair(size: 2, features: VirtqueueFeatures(indirectDescriptors: true))
    let buffers = try (0..<200).map { try pair.buffer([UInt8($0)]) }
    let table = try pair.ram.allocate(16 * 200)
    _ = try pair.driver.submitIndirect(readable: buffers, writable: [], table: table)
    #expect(try pair.take()?.read(limit: 1000) == (0..<200).map { UInt8($0) })
  }

  @Test("a driver that rewrites a request, or an indirect table, while it is taken changes nothing that was read")
  func rewritten() throws {
    let pair = try Pair(features: VirtqueueFeatures(indirectDescriptors: true))
    let request = try pair.buffer([1, 2, 3])
    let table = try pair.ram.allocate(16)
    _ = try pair.driver.submitIndirect(readable: [request], writable: [], table: table)
    let chain = try #require(try pair.take())
    try pair.ram.memory.write(Array(repeating: 0xff, count: 16), at: table)
    let bytes = try chain.read(limit: 100)
    try pair.ram.memory.write([9, 9, 9], at: request.address)
    #expect(bytes == [1, 2, 3])
  }

  @Test("a read stops at its limit, whatever the driver claims")
  func limit() throws {
    let pair = try Pair()
    let all = DriverQueue.Buffer(address: GuestRAM.guestBase, length: 1 << 20)
    _ = pair.driver.submit(readable: [all, all, all], writable: [])
    let chain = try #require(try pair.take())
    #expect(chain.readableCount == 3 << 20)
    #expect(try chain.read(limit: 10).count == 10)
    #expect(try chain.read(limit: 0).isEmpty)
    #expect(try chain.read(limit: -1).isEmpty)
  }

  @Test("without event index, the driver's flag says whether it wants to hear")
  func flag() throws {
    let pair = try Pair()
    _ = pair.driver.submit(readable: [try pair.buffer([1])], writable: [])
    pair.device.give(back: try #require(try pair.take()).head, written: 0)
    #expect(pair.device.needsNotification())
    #expect(!pair.device.needsNotification())
    try pair.ram.memory.write([1, 0], at: pair.driver.layout.availableRing)
    _ = pair.driver.submit(readable: [try pair.buffer([1])], writable: [])
    pair.device.give(back: try #require(try pair.take()).head, written: 0)
    #expect(!pair.device.needsNotification())
  }

  @Test("with event index, each side is told only when its index is passed")
  func eventIndex() throws {
    let pair = try Pair(features: VirtqueueFeatures(eventIndex: true))
    let buffer = try pair.buffer([1])
    func serveOne() throws {
      _ = pair.driver.submit(readable: [buffer], writable: [])
      pair.device.give(back: try #require(try pair.take()).head, written: 0)
    }
    #expect(!pair.device.askForKick())
    try serveOne()
    #expect(pair.driver.needsKick())
    #expect(pair.device.needsNotification())
    // Neither asked again: neither is told.
    try serveOne()
    #expect(!pair.driver.needsKick())
    #expect(!pair.device.needsNotification())
    while pair.driver.collect() != nil {}
    #expect(!pair.driver.askForCall())
    #expect(!pair.device.askForKick())
    try serveOne()
    #expect(pair.driver.needsKick())
    #expect(pair.device.needsNotification())
  }

  @Test("a request that came while asking to be kicked is not overlooked")
  func race() throws {
    let pair = try Pair(features: VirtqueueFeatures(eventIndex: true))
    _ = pair.driver.submit(readable: [try pair.buffer([1])], writable: [])
    #expect(pair.device.askForKick())
  }

  @Test("indirect descriptors that were not negotiated are given back unread")
  func notNegotiated() throws {
    let pair = try Pair()
    _ = try pair.driver.submitIndirect(
      readable: [try pair.buffer([1])], writable: [], table: pair.ram.allocate(64))
    guard case .malformed? = try pair.device.take() else {
      Issue.record("an indirect descriptor was taken")
      return
    }
    #expect(pair.driver.collect()?.written == 0)
    #expect(pair.device.inFlight == 0)
  }

  @Test("a ring that makes no sense is an error")
  func broken() throws {
    let pair = try Pair()
    pair.driver.publish(head: 8)
    #expect(throws: VirtqueueError.badHead(8)) { try pair.device.take() }
    pair.driver.forceAvailableIndex(9)
    #expect(throws: VirtqueueError.indexJumped(from: 0, to: 9)) { try pair.device.take() }
  }

  @Test(
    "layouts that are not allowed are refused",
    arguments: [
      VirtqueueLayout(size: 0, descriptorTable: 0x4000_0000, availableRing: 0x4000_1000, usedRing: 0x4000_2000),
      VirtqueueLayout(size: 3, descriptorTable: 0x4000_0000, availableRing: 0x4000_1000, usedRing: 0x4000_2000),
      VirtqueueLayout(size: 65535, descriptorTable: 0x4000_0000, availableRing: 0x4000_1000, usedRing: 0x4000_2000),
      VirtqueueLayout(size: 8, descriptorTable: 0x4000_0008, availableRing: 0x4000_1000, usedRing: 0x4000_2000),
      VirtqueueLayout(size: 8, descriptorTable: 0x4000_0000, availableRing: 0x4000_1001, usedRing: 0x4000_2000),
      VirtqueueLayout(size: 8, descriptorTable: 0x4000_0000, availableRing: 0x4000_1000, usedRing: 0x4000_2002),
      VirtqueueLayout(size: 8, descriptorTable: 0, availableRing: 0x4000_1000, usedRing: 0x4000_2000),
      VirtqueueLayout(size: 8, descriptorTable: 0x4000_0000, availableRing: 0x4010_0000, usedRing: 0x4000_2000),
      VirtqueueLayout(size: 8, descriptorTable: 0x4000_0000, availableRing: 0x4000_1000, usedRing: .max - 3),
      VirtqueueLayout(size: 32768, descriptorTable: 0x4000_0000, availableRing: 0x4000_1000, usedRing: 0x400f_0000),
    ])
  func layouts(layout: VirtqueueLayout) throws {
    let ram = try GuestRAM(count: 1 << 20)
    #expect(throws: VirtqueueError.self) {
      try Virtqueue(layout: layout, memory: ram.memory, features: VirtqueueFeatures())
    }
  }
}

import LinuxIO
import Testing
import Virtqueue

@Suite("Guest memory")
struct GuestMemoryTests {
  /// Two regions that touch in the guest at 0x3000, and a third apart.
  private func makeMemory() throws -> GuestMemory {
    try GuestMemory([
      region(0x8000, 0x1000), region(0x1000, 0x2000), region(0x3000, 0x1000),
    ])
  }

  private func region(_ address: UInt64, _ count: UInt64, user: UInt64? = nil) throws -> GuestMemory.Region {
    let file = try MappedMemory.makeFile(named: "test", count: count)
    return GuestMemory.Region(
      guestAddress: address, userAddress: user ?? 0x7f00_0000_0000 &+ address,
      mapping: try MappedMemory(file, offset: 0, count: count))
  }

  @Test("bytes that cross from one region into the next are written and read as one")
  func crossing() throws {
    let memory = try makeMemory()
    try memory.write([1, 2, 3, 4], at: 0x2ffe)
    #expect(try memory.read(at: 0x2ffe, count: 4) == [1, 2, 3, 4])
    #expect(try memory.read(at: 0x3000, count: 2) == [3, 4])
    #expect(try memory.ranges(at: 0x2ffe, count: 4).map(\.count) == [2, 2])
  }

  @Test(
    "a range not entirely inside memory is an error, and nothing is written",
    arguments: [
      (0, 1), (0xfff, 2), (0x3fff, 2), (0x7fff, 1), (0x8fff, 2), (0x9000, 1), (.max, 1), (.max, .max), (0x1000, .max),
    ] as [(UInt64, UInt64)])
  func outside(address: UInt64, count: UInt64) throws {
    let memory = try makeMemory()
    #expect(throws: GuestMemoryError.self) { try memory.ranges(at: address, count: count) }
    #expect(throws: GuestMemoryError.self) { try memory.range(at: address, count: count) }
    if count < 100 {
      #expect(throws: GuestMemoryError.self) { try memory.write(Array(repeating: 9, count: Int(count)), at: address) }
      #expect(try memory.read(at: 0x3fff, count: 1) == [0])
    }
  }

  @Test("an empty range is valid anywhere")
  func empty() throws {
    #expect(try GuestMemory.none.read(at: .max, count: 0) == [])
    #expect(throws: GuestMemoryError.self) { try GuestMemory.none.read(at: 0, count: 1) }
  }

  @Test("a ring has to lie in one region")
  func ring() throws {
    let memory = try makeMemory()
    #expect(throws: GuestMemoryError.self) { try memory.range(at: 0x2ffe, count: 4) }
    #expect(try memory.range(at: 0x1000, count: 0x2000).count == 0x2000)
  }

  @Test("regions that overlap or wrap are refused")
  func tables() throws {
    #expect(throws: GuestMemoryError.overlap(address: 0x1800)) {
      try GuestMemory([region(0x1800, 0x1000), region(0x1000, 0x1000)])
    }
    #expect(throws: GuestMemoryError.self) { try GuestMemory([region(.max - 10, 0x1000)]) }
    #expect(throws: GuestMemoryError.self) { try GuestMemory([region(0, 0x1000, user: .max - 10)]) }
  }

  @Test("user addresses lead to guest-physical ones")
  func userAddresses() throws {
    let memory = try makeMemory()
    #expect(try memory.guestAddress(ofUser: 0x7f00_0000_8010, count: 0xff0) == 0x8010)
    #expect(throws: GuestMemoryError.self) { try memory.guestAddress(ofUser: 0x7f00_0000_8010, count: 0xff1) }
    #expect(throws: GuestMemoryError.self) { try memory.guestAddress(ofUser: 0x8010, count: 1) }
  }

  @Test("accesses outside a range change nothing and read nothing", arguments: [-1, 7, 8, .max, .min])
  func range(position: Int) throws {
    let range = try makeMemory().range(at: 0x1000, count: 8)
    range.write([1, 2], at: position)
    range.storeReleasing(0xffff, at: position)
    #expect(range.read(at: 0, count: 8) == Array(repeating: 0, count: 8))
    #expect(range.read(at: position, count: 2).isEmpty)
    #expect(range.loadAcquiring(at: position) == 0)
  }
}

import Glibc
import LinuxIO
import Testing
import Virtqueue

@testable import VhostUser

@Suite("Memory")
struct MemoryTests {
  /// Regions that cannot be, over a file of one megabyte.
  static let lies: [(region: MemoryRegion, reason: String)] = [
    (MemoryRegion(guestAddress: 0, count: 0, userAddress: 0, fileOffset: 0), "map 0 bytes"),
    (MemoryRegion(guestAddress: 0, count: (1 << 20) + 1, userAddress: 0, fileOffset: 0), "which has 1048576"),
    (MemoryRegion(guestAddress: 0, count: 1 << 20, userAddress: 0, fileOffset: 1), "which has 1048576"),
    (MemoryRegion(guestAddress: 0, count: 1, userAddress: 0, fileOffset: 1 << 20), "which has 1048576"),
    (MemoryRegion(guestAddress: 0, count: .max, userAddress: 0, fileOffset: 0), "map 18446744073709551615 bytes"),
    (MemoryRegion(guestAddress: 0, count: .max, userAddress: 0, fileOffset: .max), "map 18446744073709551615 bytes"),
    (MemoryRegion(guestAddress: 0, count: 4096, userAddress: 0, fileOffset: .max - 4095), "map 4096 bytes"),
    (MemoryRegion(guestAddress: .max - 4000, count: 4096, userAddress: 0, fileOffset: 0), "past the last address"),
    (MemoryRegion(guestAddress: 0, count: 4096, userAddress: .max - 4000, fileOffset: 0), "past the last address"),
  ]

  @Test("an invalid region is refused, and the memory stays as it was", arguments: lies.indices)
  func lyingRegion(index: Int) throws {
    let (region, reason) = Self.lies[index]
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    _ = bench.device.journal.take()
    let lie = SharedRegion(region, file: ram.file)
    #expect(try bench.tell(.setMemTable([lie])) == 1)
    #expect(try bench.tell(.addMemReg(lie)) == 1)
    #expect(bench.events.take().allSatisfy { $0.contains(reason) })
    #expect(bench.device.journal.take() == [])
    #expect(try bench.device.memory.read(at: ram.region.guestAddress, count: 1) == [0])
  }

  @Test("regions that overlap are refused")
  func overlap() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    var other = ram.shared
    other.region.guestAddress += 4096
    #expect(try bench.tell(.setMemTable([ram.shared, other])) == 1)
    #expect(try bench.tell(.addMemReg(other)) == 1)
    #expect(bench.events.take().allSatisfy { $0.contains("two memory regions share the address") })
  }

  @Test("a descriptor that cannot be mapped is refused")
  func noFile() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    let (_, socket) = try UnixSocket.makePair()
    #expect(try bench.tell(.addMemReg(SharedRegion(ram.region, file: socket.descriptor))) == 1)
  }

  @Test("a region that begins inside a page of its file is mapped where it begins")
  func unalignedRegion() throws {
    let bench = try SessionBench()
    let ram = try TestRAM(fileOffset: 100)
    try bench.negotiate(ram)
    try ram.memory.write([5, 6], at: ram.region.guestAddress + 1)
    #expect(try bench.device.memory.read(at: ram.region.guestAddress, count: 3) == [0, 5, 6])
  }

  @Test("regions come and go one by one, up to the number of slots")
  func slots() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram)
    _ = bench.device.journal.take()
    let slots = try #require(try bench.ask(.getMaxMemSlots))
    var region = ram.shared
    region.region.count = 4096
    for slot in 1..<slots {
      region.region.guestAddress = slot * 4096
      region.region.userAddress = slot * 4096
      #expect(try bench.tell(.addMemReg(region)) == 0)
    }
    region.region.guestAddress = slots * 4096
    #expect(try bench.tell(.addMemReg(region)) == 1)
    #expect(bench.events.take() == ["addMemReg (37) was refused: 257 memory regions are more than the 256 allowed"])
    region.region.guestAddress = 4096
    region.region.userAddress = 4096
    #expect(try bench.tell(.remMemReg(region.region)) == 0)
    #expect(bench.device.memory.regions.count == 255)
  }

  @Test("a region that is added twice is mapped from the newer file")
  func addedTwice() throws {
    let bench = try SessionBench()
    let (old, new) = (try TestRAM(), try TestRAM())
    try bench.negotiate(old)
    try new.memory.write([42], at: new.region.guestAddress)
    #expect(try bench.tell(.addMemReg(new.shared)) == 0)
    #expect(try bench.device.memory.read(at: new.region.guestAddress, count: 1) == [42])
  }

  @Test("a hundred memory tables leave one mapping alive, and open the file of that one only")
  func manyTables() throws {
    let bench = try SessionBench()
    let ram = try TestRAM()
    for _ in 0..<100 { try bench.send(.setMemTable([ram.shared])) }
    // The test's own descriptor, and that of the mapping.
    #expect(try openDescriptors(named: ram.name + " ") == 2)
  }

  @Test("a ring continues at its index when its memory moves to another file")
  func swap() throws {
    let (bench, old, oldRing, counters) = try SessionBench.running()
    var ring = oldRing
    for round in 0..<20 as Range<UInt8> {
      try ring.post([round, 1])
      counters.kick.signal()
      try bench.pump()
      #expect(try ring.responses() == [[1, round]])
    }
    // What the ring has become so far moves along, to another file and another address of the front end.
    let new = try TestRAM(userAddress: old.region.userAddress)
    try new.memory.write(old.memory.read(at: old.region.guestAddress, count: 0x3000), at: new.region.guestAddress)
    #expect(try bench.tell(.setMemTable([new.shared])) == 0)
    ring = ring.moved(to: new)
    for round in 0..<20 as Range<UInt8> {
      try ring.post([round, 2])
      counters.kick.signal()
      try bench.pump()
      #expect(try ring.responses() == [[2, round]])
    }
    #expect(bench.events.take() == [])
  }

  @Test("a ring whose memory is taken away waits for it, and serves what came meanwhile")
  func memoryComesBack() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    #expect(try bench.tell(.remMemReg(ram.region)) == 0)
    #expect(bench.events.take().first?.hasPrefix("queue 0 does not run: 256 bytes at 0x7f0000000000 are not") == true)
    #expect(counters.error.drain())
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [])
    #expect(try bench.tell(.addMemReg(ram.shared)) == 0)
    #expect(try ring.responses() == [[2, 1]])
  }

  @Test("a request that is completed while the memory is away is given back when it returns")
  func completedMeanwhile() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    bench.device.holds = true
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    try bench.tell(.remMemReg(ram.region))
    bench.device.respondToHeld()
    #expect(try ring.responses() == [])
    try bench.tell(.addMemReg(ram.shared))
    #expect(try ring.responses() == [[2, 1]])
    #expect(counters.call.drain())
  }

  @Test("a file that shrinks under memory in use ends its session with a reason, and the next is served")
  func shrinks() throws {
    var (bench, ram, ring, counters) = try SessionBench.running()
    try ring.post([1, 2])
    counters.kick.signal()
    try bench.pump()
    #expect(try ring.responses() == [[2, 1]])
    #expect(ftruncate(ram.file.rawValue, 0) == 0)
    counters.kick.signal()
    try bench.pump()
    #expect(bench.events.take().last?.contains("shortened a file under guest memory in use") == true)
    #expect(bench.isHungUp())
    #expect(bench.device.journal.take().suffix(2) == ["reset", "memory 0"])
    try bench.connect()
    #expect(try bench.ask(.getQueueNum) == 2)
  }

  @Test("a descriptor that cannot be mapped is refused")
  func noMemory() throws {
    let bench = try SessionBench()
    var ram = try TestRAM().shared
    // Safe: the path is only read.
    ram.file = Descriptor(owning: unsafe open("/proc/self/exe", O_RDONLY))
    try bench.send(.setProtocolFeatures(.supported))
    #expect(try bench.tell(.setMemTable([ram])) == 1)
    #expect(bench.events.take().last?.contains("not a memfd") == true)
  }
}

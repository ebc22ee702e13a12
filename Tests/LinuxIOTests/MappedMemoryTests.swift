import Foundation
import Glibc
import LinuxIO
import Testing

@Suite("Shared memory")
struct MappedMemoryTests {
  @Test("an offset inside a page is mapped from exactly there")
  func offset() throws {
    let file = try MappedMemory.makeFile(named: "test", count: 8192)
    let all = try MappedMemory(file, offset: 0, count: 8192)
    let part = try MappedMemory(file, offset: 4099, count: 10)
    // Safe: the bytes are inside the mappings.
    unsafe all.withBytes { unsafe $0[4100] = 9 }
    #expect(unsafe part.withBytes { unsafe $0[1] } == 9)
    #expect(part.count == 10)
  }

  @Test(
    "a range that the file does not have is refused",
    arguments: [(0, 4097), (4096, 1), (1, 4096), (UInt64.max, 2), (0, 0), (0, .max), (1 << 63, 1)]
      as [(UInt64, UInt64)])
  func outside(offset: UInt64, count: UInt64) throws {
    let file = try MappedMemory.makeFile(named: "test", count: 4096)
    #expect(throws: SystemError.self) { try MappedMemory(file, offset: offset, count: count) }
  }

  /// Two huge pages of 2 MiB; nil where the machine has none to spare.
  private static func makeHugeFile() -> Descriptor? {
    guard let file = try? MappedMemory.makeFile(named: "huge", count: 4 << 20, hugePages: true),
      (try? MappedMemory(file, offset: 0, count: 4 << 20)) != nil
    else { return nil }
    return file
  }

  @Test(
    "huge pages are mapped from any offset, given back whole, and survive the loss of their file",
    .enabled(if: makeHugeFile() != nil))
  func hugePages() throws {
    let file = try #require(Self.makeHugeFile())
    // A mapping that could not be given back would soon take all pages.
    for _ in 0..<50 {
      let part = try MappedMemory(file, offset: (2 << 20) + 4096, count: 5000)
      // Safe: the byte is inside the mapping.
      unsafe part.withBytes { unsafe $0[4999] = 7 }
    }
    let memory = try MappedMemory(file, offset: 4096, count: 3 << 20)
    // Safe: the bytes are inside the mapping.
    #expect(unsafe memory.withBytes { unsafe $0[(2 << 20) + 4999] } == 7)
    #expect(ftruncate(file.rawValue, 2 << 20) == 0)
    // Safe: the mapping survives the loss of its page.
    #expect(unsafe memory.withBytes { unsafe $0[(2 << 20) + 4999] } == 0)
    #expect(memory.isTorn)
  }

  @Test("a file that shrinks under the mapping turns all of it into zeros, in one mapping, and says so")
  func torn() throws {
    let pages = 4096
    let file = try MappedMemory.makeFile(named: "test", count: UInt64(pages) * 4096)
    let event = try EventCounter()
    let memory = try MappedMemory(ofPeer: file, offset: 0, count: UInt64(pages) * 4096, tornEvent: event)
    // Safe: the bytes are inside the mapping, here and below.
    unsafe memory.withBytes { unsafe ($0[0], $0[5000]) = (1, 1) }
    #expect(!memory.isTorn && !event.drain())
    #expect(ftruncate(file.rawValue, 4096) == 0)
    let before = mappingCount(of: memory)
    unsafe memory.withBytes { bytes in
      // Every other page, so that no two of them could be one mapping.
      for page in stride(from: 1, to: pages, by: 2) {
        let byte = unsafe bytes[page * 4096]
        #expect(byte == 0)
      }
    }
    #expect(unsafe memory.withBytes { unsafe $0[0] } == 0, "what the file still has is gone as well")
    #expect(memory.isTorn && event.drain())
    #expect(mappingCount(of: memory) == before)
    unsafe memory.withBytes { unsafe $0[5000] = 3 }
    #expect(unsafe memory.withBytes { unsafe $0[5000] } == 3)
    #expect(!event.drain(), "the event is raised once")
  }

  /// How many mappings of the process lie in the range of this one.
  private func mappingCount(of memory: MappedMemory) -> Int {
    // Safe: only the address is looked at.
    let base = unsafe memory.withBytes { UInt(bitPattern: $0.baseAddress) }
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    return maps.split(separator: "\n").count { line in
      let ends = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
      return ends.count == 2 && ends[0] < base + UInt(memory.count) && ends[1] > base
    }
  }

  @Test(
    "a peer's memory is a file of memory, and nothing else", arguments: ["/proc/self/exe", "/dev/zero", "/tmp", "pipe"])
  func noMemory(path: String) throws {
    let file: Descriptor
    if path == "pipe" {
      file = try UnixSocket.makePair().0.descriptor
    } else {
      // Safe: the path is only read.
      file = Descriptor(owning: unsafe open(path, O_RDONLY))
    }
    try #require(file.rawValue >= 0)
    let error = #expect(throws: SystemError.self) {
      try MappedMemory(ofPeer: file, offset: 0, count: 1, tornEvent: EventCounter())
    }
    #expect(error?.code == EINVAL && error?.description.contains("not a memfd") == true)
  }

  @Test("a peer's memory may be a file in /dev/shm, which user-mode Linux uses")
  func sharedMemoryFile() throws {
    let path = "/dev/shm/scanout-\(UInt32.random(in: 0 ... .max))"
    // Safe: the path is only read, here and below.
    let file = Descriptor(owning: unsafe open(path, O_RDWR | O_CREAT | O_EXCL, 0o600))
    try #require(file.rawValue >= 0)
    _ = unsafe unlink(path)
    #expect(ftruncate(file.rawValue, 4096) == 0)
    #expect(try MappedMemory(ofPeer: file, offset: 0, count: 4096, tornEvent: EventCounter()).count == 4096)
  }

  @Test("parts of mappings lie side by side, and are the same bytes, also after the first mappings are gone")
  func joined() throws {
    let file = try MappedMemory.makeFile(named: "test", count: 5 * 4096)
    let joined = try {
      let first = try MappedMemory(file, offset: 4096, count: 4 * 4096)
      // Safe: the bytes are inside the mapping.
      unsafe first.withBytes { bytes in
        unsafe (bytes[3 * 4096], bytes[4095], bytes[2 * 4096 + 99]) = (1, 2, 3)
      }
      return try MappedMemory(
        joining: [3, 0, 2].map { MappedMemory.Part(first, offset: $0 * 4096, count: $0 == 2 ? 100 : 4096) })
    }()
    #expect(joined.count == 2 * 4096 + 100)
    // Safe: the bytes are inside the mappings.
    #expect(unsafe joined.withBytes { unsafe [$0[0], $0[2 * 4096 - 1], $0[2 * 4096 + 99]] } == [1, 2, 3])
    let other = try MappedMemory(file, offset: 0, count: 5 * 4096)
    unsafe joined.withBytes { unsafe $0[4096] = 9 }
    #expect(unsafe other.withBytes { unsafe $0[4096] } == 9)
  }

  @Test(
    "parts that are empty or not whole pages are refused", arguments: [[(1, 4096)], [(0, 100), (4096, 4096)], []])
  func notJoined(parts: [(Int, Int)]) throws {
    let memory = try MappedMemory(MappedMemory.makeFile(named: "test", count: 16384), offset: 0, count: 16384)
    #expect(throws: SystemError.self) {
      try MappedMemory(joining: parts.map { MappedMemory.Part(memory, offset: $0.0, count: $0.1) })
    }
  }

  @Test("a file that shrinks under joined parts reads as zeros, and raises the event of its peer")
  func joinedTorn() throws {
    let file = try MappedMemory.makeFile(named: "test", count: 8192)
    let event = try EventCounter()
    let memory = try MappedMemory(ofPeer: file, offset: 0, count: 8192, tornEvent: event)
    let parts = [4096, 0].map { MappedMemory.Part(memory, offset: $0, count: 4096) }
    let joined = try MappedMemory(joining: parts)
    #expect(ftruncate(file.rawValue, 4096) == 0)
    // Safe: the mapping survives the loss of its page.
    #expect(unsafe joined.withBytes { unsafe $0[7] } == 0)
    #expect(joined.isTorn)
    #expect(!memory.isTorn)
    #expect(event.drain())
  }

  @Test("a mapping says where its bytes lie in the file, and so does a part of it")
  func fileRanges() throws {
    let file = try MappedMemory.makeFile(named: "test", count: 16384)
    let memory = try MappedMemory(file, offset: 4099, count: 8000)
    let range = try #require(memory.fileRanges.first)
    #expect(memory.fileRanges.count == 1)
    #expect(range.file === file)
    #expect((range.offset, range.count) == (4099, 8000))
    let part = try #require(memory.fileRange(at: 7000, count: 1000))
    #expect((part.offset, part.count) == (11099, 1000))
    for (offset, count) in [(7000, 1001), (8000, 1), (-1, 1), (0, 0), (0, -1), (0, .max), (.max, 1)] {
      #expect(memory.fileRange(at: offset, count: count) == nil, "\(count) bytes at \(offset)")
    }
  }

  @Test("a joined mapping says where each part lies, and names a file for what lies inside one part")
  func joinedRanges() throws {
    let file = try MappedMemory.makeFile(named: "test", count: 5 * 4096)
    let first = try MappedMemory(file, offset: 4096, count: 4 * 4096)
    let joined = try MappedMemory(joining: [3, 0].map { MappedMemory.Part(first, offset: $0 * 4096, count: 4096) })
    #expect(joined.fileRanges.map(\.offset) == [4 * 4096, 4096])
    #expect(try #require(joined.fileRange(at: 4090, count: 6)).offset == 4 * 4096 + 4090)
    #expect(try #require(joined.fileRange(at: 4096, count: 4096)).offset == 4096)
    #expect(joined.fileRange(at: 4095, count: 2) == nil)
    let again = try MappedMemory(joining: [MappedMemory.Part(joined, offset: 0, count: 8192)])
    #expect(again.fileRanges.map(\.offset) == [4 * 4096, 4096])
  }

  @Test("a torn mapping names no file, because its bytes are no longer those of the file")
  func tornRanges() throws {
    let file = try MappedMemory.makeFile(named: "test", count: 8192)
    let memory = try MappedMemory(file, offset: 0, count: 8192)
    #expect(ftruncate(file.rawValue, 4096) == 0)
    // Safe: the mapping survives the loss of its page.
    #expect(unsafe memory.withBytes { unsafe $0[5000] } == 0)
    #expect(memory.fileRanges.isEmpty)
    #expect(memory.fileRange(at: 0, count: 4096) == nil)
  }

  @Test("a sealed file is shared with a second mapping, and its size and seals cannot be changed")
  func sealed() throws {
    let memory = try MappedMemory.makeSealed(named: "test", count: 5000)
    let range = try #require(memory.fileRange(at: 0, count: 5000))
    let other = try MappedMemory(range.file, offset: range.offset, count: range.count)
    // Safe: the bytes are inside the mappings.
    unsafe memory.withBytes { unsafe $0[4999] = 7 }
    #expect(unsafe other.withBytes { unsafe $0[4999] } == 7)
    for count in [0, 4096, 8192] {
      #expect(ftruncate(range.file.rawValue, count) != 0)
      #expect(errno == EPERM)
    }
    #expect(fcntl(range.file.rawValue, 1033 /* F_ADD_SEALS */, 0x8 /* F_SEAL_WRITE */) != 0)
    #expect(!memory.isTorn)
    #expect(throws: SystemError.self) { try MappedMemory.makeSealed(named: "test", count: .max) }
    #expect(throws: SystemError.self) { try MappedMemory.makeSealed(named: "test", count: 0) }
  }

  @Test("mappings of sealed files take none of the guards, of which a process has few")
  func sealedGuards() throws {
    #expect(try !MappedMemory.makeSealed(named: "test", count: 4096).isGuarded)
    #expect(try MappedMemory(MappedMemory.makeFile(named: "test", count: 1), offset: 0, count: 1).isGuarded)
  }
}

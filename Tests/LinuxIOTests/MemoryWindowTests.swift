import Glibc
import LinuxIO
import Testing

@Suite("A memory window")
struct MemoryWindowTests {
  private let window = MemoryWindow(count: 0x10000)
  private let file: Descriptor

  init() throws {
    file = try MappedMemory.makeFile(named: "window", count: 0x4000)
  }

  @Test("the window and the file share their bytes")
  func bothWays() throws {
    try window.map(file, from: 0x1000, count: 0x2000, at: 0x8000)
    try window.write([1, 2, 3], at: 0x9ffd)
    #expect(try file.read(3, at: 0x2ffd) == [1, 2, 3])
    let other = try MappedMemory(file, offset: 0x1000, count: 1)
    // Safe: the byte is inside the mapping.
    unsafe other.withBytes { unsafe $0[0] = 9 }
    #expect(try window.read(at: 0x8000, count: 2) == [9, 0])
    try window.unmap(count: 0x2000, at: 0x8000)
    #expect(throws: SystemError.self) { try window.read(at: 0x8000, count: 1) }
    #expect(try file.read(3, at: 0x2ffd) == [1, 2, 3])
  }

  /// What cannot be mapped into a window of 64 KiB that has a page at 0x4000, from a file of 16 KiB.
  static let refused: [(fileOffset: UInt64, count: UInt64, offset: UInt64, code: Int32)] = [
    (0, 0, 0, EINVAL), (0, 1, 0, EINVAL), (0, 0x1800, 0, EINVAL), (0, 0x1000, 0x800, EINVAL), (1, 0x1000, 0, EINVAL),
    (0, 0x1000, 0x10000, EINVAL), (0, 0x2000, 0xf000, EINVAL), (0, 0x11000, 0, EINVAL),
    (0, 0x1000, 0xffff_ffff_ffff_f000, EINVAL), (0, 0xffff_ffff_ffff_f000, 0x1000, EINVAL),
    (0, 0xffff_ffff_ffff_f000, 0x2000, EINVAL), (0, 1 << 63, 1 << 63, EINVAL),
    (0, 0x1000, 0x4000, EEXIST), (0, 0x2000, 0x3000, EEXIST), (0, 0x3000, 0x3000, EEXIST), (0, 0x2000, 0x4000, EEXIST),
    (0x4000, 0x1000, 0, ENXIO), (0x3000, 0x2000, 0, ENXIO), (0xffff_ffff_ffff_f000, 0x1000, 0, EINVAL),
  ]

  @Test("a mapping that does not fit is refused, and nothing changes", arguments: refused.indices)
  func refusal(index: Int) throws {
    let (fileOffset, count, offset, code) = Self.refused[index]
    try window.map(file, from: 0x1000, count: 0x1000, at: 0x4000)
    try window.write([7], at: 0x4000)
    let error = #expect(throws: SystemError.self) {
      try window.map(file, from: fileOffset, count: count, at: offset)
    }
    #expect(error?.code == code)
    #expect(window.mappingCount == 1)
    #expect(try window.read(at: 0x4000, count: 1) == [7])
  }

  @Test(
    "only a whole mapping can be unmapped",
    arguments: [
      (0x1000, 0x4000), (0x2000, 0x5000), (0x3000, 0x4000), (0, 0x4000), (0x2000, 0), (.max, 0x4000), (0x2000, .max),
    ] as [(UInt64, UInt64)])
  func unmapping(count: UInt64, offset: UInt64) throws {
    try window.map(file, count: 0x2000, at: 0x4000)
    #expect(throws: SystemError.self) { try window.unmap(count: count, at: offset) }
    #expect(window.mappingCount == 1)
    window.unmapAll()
    #expect(window.mappingCount == 0)
  }

  @Test(
    "bytes outside of a mapping are not reached",
    arguments: [(0x3fff, 1), (0x3fff, 2), (0x5fff, 2), (0x6000, 1), (.max, 1), (0x4000, -1), (0x4000, .max)]
      as [(UInt64, Int)])
  func reach(offset: UInt64, count: Int) throws {
    try window.map(file, count: 0x2000, at: 0x4000)
    #expect(throws: SystemError.self) { try window.read(at: offset, count: count) }
    guard (0...2).contains(count) else { return }
    #expect(throws: SystemError.self) { try window.write(Array(repeating: 1, count: count), at: offset) }
  }

  @Test("a read-only mapping cannot be written")
  func readOnly() throws {
    try window.map(file, count: 0x1000, at: 0, isWritable: false)
    #expect(throws: SystemError.self) { try window.write([1], at: 0) }
    #expect(try window.read(at: 0, count: 1) == [0])
  }

  @Test("a file that shrinks reads as zeros")
  func shrinks() throws {
    try window.map(file, count: 0x4000, at: 0)
    try window.write([5], at: 0x3000)
    try file.truncate(to: 0x1000)
    #expect(try window.read(at: 0x3000, count: 1) == [0])
    try window.write([6], at: 0x3001)
  }

  @Test("a pipe is refused")
  func noFile() throws {
    #expect(throws: SystemError.self) { try window.map(EventCounter().descriptor, count: 0x1000, at: 0) }
  }

  @Test("the number of mappings of a window is limited")
  func tooMany() throws {
    let window = MemoryWindow(count: 1 << 30)
    for index in 0..<MemoryWindow.maximumMappings {
      try window.map(file, count: 0x1000, at: UInt64(index) * 0x1000)
    }
    let error = #expect(throws: SystemError.self) { try window.map(file, count: 0x1000, at: 1 << 29) }
    #expect(error?.code == ENOSPC)
  }
}

import Glibc
import LinuxIO
import Testing
import VirglRendering
import Wire

@Suite("Memory of Mesa's software driver for Vulkan")
struct SoftwareMemoryTests {
  /// How a file of memory differs from what that driver makes.
  enum Flaw: CaseIterable {
    case unsealed, notAllSeals, anotherLength, anotherStart, startSaidOnce, noBytes
  }

  /// A file as the driver makes it, of 5000 bytes behind its page.
  private func makeFile(_ flaw: Flaw? = nil) throws -> Descriptor {
    // Swift has no name for it.
    // Safe: the function has this type, and the name is only read.
    let create = unsafe unsafeBitCast(
      dlsym(nil, "memfd_create"), to: (@convention(c) (UnsafePointer<CChar>, UInt32) -> Int32).self)
    let mayBeSealed: UInt32 = 2
    let file = unsafe Descriptor(owning: create("memory", mayBeSealed))
    let size = flaw == .noBytes ? 4096 : 4096 + 5000
    try #require(ftruncate(file.rawValue, size) == 0)
    try write(UInt64(flaw == .anotherLength ? size + 4096 : size), to: file, at: 0)
    try write(flaw == .anotherStart ? 8192 : 4096, to: file, at: 8)
    if flaw != .startSaidOnce { try write(4096, to: file, at: 4088) }
    // F_ADD_SEALS; F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW.
    if flaw != .unsealed { try #require(fcntl(file.rawValue, 1033, flaw == .notAllSeals ? 2 : 7) == 0) }
    return file
  }

  private func write(_ word: UInt64, to file: Descriptor, at offset: Int) throws {
    var writer = ByteWriter()
    writer.u64(word)
    // Safe: eight bytes are read during the call.
    try #require(unsafe pwrite(file.rawValue, writer.bytes, 8, offset) == 8)
  }

  @Test("starts after the page of the driver, and is a number of whole pages")
  func found() throws {
    let memory = try #require(try SoftwareMemory.find(in: makeFile()))
    #expect(memory.start == 4096 && memory.count == 8192)
  }

  @Test("is not a file that could shrink, or whose header is not the driver's", arguments: Flaw.allCases)
  func refused(flaw: Flaw) throws {
    #expect(try SoftwareMemory.find(in: makeFile(flaw)) == nil)
  }
}

import GuestDriver
import LinuxIO
import Synchronization
import Testing
import VhostUser
import VirtioGPU

@testable import VhostUserGPU

@Suite("The host-visible region")
struct HostVisibleTests {
  /// What completions heard.
  private final class Journal: Sendable {
    let heard = Mutex<[String]>([])
    let bell: EventCounter

    init() throws { bell = try EventCounter() }

    func write(_ entry: String) {
      heard.withLock { $0.append(entry) }
      bell.signal()
    }
  }

  @Test("what the device maps the guest sees, and both can write")
  func roundTrip() throws {
    let served = try ServedDevice(hostVisible: 1 << 20)
    let (_, link) = try served.connect()
    let window = try #require(link.hostVisible)
    #expect(window.count == 1 << 20)
    let file = try MappedMemory.makeFile(named: "blob", count: 0x3000)
    let journal = try Journal()
    served.perform { region in
      journal.write("\(region.count)")
      region.map(file, count: 0x3000, at: 0x8000) { journal.write("map \($0)") }
      region.map(file, count: 0x1000, at: 0xa000) { journal.write("over it \($0)") }
    }
    try wait(for: 3, in: journal, link)
    #expect(journal.heard.withLock { $0 } == ["1048576", "map true", "over it false"])
    try window.write([1, 2, 3], at: 0xaffd)
    #expect(try file.read(3, at: 0x2ffd) == [1, 2, 3])
    let other = try MappedMemory(file, offset: 0, count: 1)
    // Safe: the byte is inside the mapping.
    unsafe other.withBytes { unsafe $0[0] = 9 }
    #expect(try window.read(at: 0x8000, count: 1) == [9])
    served.perform { region in region.unmap(count: 0x3000, at: 0x8000) { journal.write("unmap \($0)") } }
    try wait(for: 4, in: journal, link)
    #expect(window.mappingCount == 0)
    served.stop()
  }

  @Test("a guest that comes after another has an empty region")
  func nextGuest() throws {
    let served = try ServedDevice(hostVisible: 1 << 20)
    let file = try MappedMemory.makeFile(named: "blob", count: 0x1000)
    for _ in 0..<3 {
      let (_, link) = try served.connect()
      let journal = try Journal()
      served.perform { region in region.map(file, count: 0x1000, at: 0) { journal.write("map \($0)") } }
      try wait(for: 1, in: journal, link)
      #expect(journal.heard.withLock { $0 } == ["map true"])
    }
    served.stop()
  }

  @Test("a device without the region offers none")
  func none() throws {
    let served = try ServedDevice()
    let (_, link) = try served.connect()
    #expect(link.hostVisible == nil)
    let file = try MappedMemory.makeFile(named: "blob", count: 0x1000)
    let journal = try Journal()
    served.perform { region in
      journal.write("\(region.count)")
      region.map(file, count: 0x1000, at: 0) { journal.write("map \($0)") }
    }
    try wait(for: 2, in: journal, link)
    #expect(journal.heard.withLock { $0 } == ["0", "map false"])
    served.stop()
  }

  @Test("in the same process a mapping is there at once")
  func inProcess() throws {
    let region = InProcessHostVisibleRegion(count: 0x4000)
    #expect(region.count == 0x4000)
    let file = try MappedMemory.makeFile(named: "blob", count: 0x2000)
    var heard: [Bool] = []
    region.map(file, count: 0x2000, at: 0x2000) { heard.append($0) }
    region.map(file, count: 0x2000, at: 0x3000) { heard.append($0) }
    try region.window.write([5], at: 0x2000)
    #expect(try file.read(1, at: 0) == [5])
    region.unmap(count: 0x2000, at: 0x2000) { heard.append($0) }
    region.unmap(count: 0x2000, at: 0x2000) { heard.append($0) }
    #expect(heard == [true, false, true, false])
  }

  private func wait(for count: Int, in journal: Journal, _ link: VhostUserLink) throws {
    while journal.heard.withLock(\.count) < count {
      try #require(try link.frontEnd.wait(for: journal.bell, within: .seconds(10)))
    }
  }
}

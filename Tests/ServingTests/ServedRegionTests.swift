import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Synchronization
import Testing
import VhostUser
import Virtio
import VirtioGPU

@Suite("The host-visible region of a transport")
struct ServedRegionTests {
  /// What completions heard.
  private final class RegionJournal: Sendable {
    let heard = Mutex<[String]>([])
    let bell: EventCounter

    init() throws { bell = try EventCounter() }

    func write(_ entry: String) {
      heard.withLock { $0.append(entry) }
      bell.signal()
    }
  }

  @Test("guest and device share a mapped blob, and both can write")
  func roundTrip() throws {
    let served = try ServedDevice(hostVisible: 1 << 20)
    let (_, link) = try served.connect()
    let window = try #require(link.hostVisible)
    #expect(window.count == 1 << 20)
    let file = try MappedMemory.makeFile(named: "blob", count: 0x3000)
    let journal = try RegionJournal()
    try served.performOnRegion { region in
      journal.write("\(region.count)")
      region.map(file, from: 0, count: 0x3000, at: 0x8000) { journal.write("map \($0)") }
      region.map(file, from: 0, count: 0x1000, at: 0xa000) { journal.write("over it \($0)") }
    }
    try wait(for: 3, in: journal, link)
    #expect(journal.heard.withLock { $0 } == ["1048576", "map true", "over it false"])
    try window.write([1, 2, 3], at: 0xaffd)
    #expect(try file.read(3, at: 0x2ffd) == [1, 2, 3])
    let other = try MappedMemory(file, offset: 0, count: 1)
    // Safe: the byte is inside the mapping.
    unsafe other.withBytes { unsafe $0[0] = 9 }
    #expect(try window.read(at: 0x8000, count: 1) == [9])
    try served.performOnRegion { region in region.unmap(count: 0x3000, at: 0x8000) { journal.write("unmap \($0)") } }
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
      let journal = try RegionJournal()
      try served.performOnRegion { region in
        region.map(file, from: 0, count: 0x1000, at: 0) { journal.write("map \($0)") }
      }
      try wait(for: 1, in: journal, link)
      #expect(journal.heard.withLock { $0 } == ["map true"])
    }
    served.stop()
  }

  @Test("a device without the region offers none")
  func none() throws {
    let served = try ServedDevice()
    let (driver, link) = try served.connect()
    #expect(link.hostVisible == nil)
    let response = try driver.send(request: ResourceMapBlob(resourceID: 1, offset: 0).request())
    #expect(response.type == ResponseType.unspecified.rawValue)
    served.stop()
  }

  @Test("guest and host see the same bytes of a mapped blob")
  func bothWays() throws {
    let served = try ServedDevice(hostVisible: 0x10000, renderer: FakeRenderer())
    let (driver, link) = try served.connect()
    let window = try #require(link.hostVisible)
    try driver.send(ContextCreate(capset: 2), context: 1)
    try driver.send(
      ResourceCreateBlob(resourceID: 5, memory: .host3D, flags: .mappable, blobID: 1, size: 0x2000), context: 1)
    #expect(try driver.send(ResourceMapBlob(resourceID: 5, offset: 0x3000)).body == [1, 0, 0, 0, 0, 0, 0, 0])
    try window.write([1, 2, 3, 4], at: 0x3000 + 64)
    // The host sees the blob as a surface of 8 by 8 pixels: its third row begins at byte 64.
    try driver.send(
      SetScanoutBlob(
        rectangle: Rectangle(x: 0, y: 0, width: 8, height: 8), scanout: 0, resourceID: 5,
        size: Size(width: 8, height: 8), format: 2, stride: 32))
    try driver.send(ResourceFlush(rectangle: Rectangle(x: 0, y: 0, width: 8, height: 8), resourceID: 5))
    try served.perform { _ in }
    let surface = try #require(served.recorder.surfaces[0])
    // Safe: the third row is there.
    #expect(
      unsafe surface.withPixels { unsafe [UInt8](UnsafeRawBufferPointer(start: $0 + 64, count: 3)) } == [1, 2, 3])
    // The guest's view of what the host draws.
    try served.perform { _ in
      let shown = served.recorder.current[0]
      shown?.fill(Rectangle(x: 0, y: 0, width: 8, height: 8), with: Color(red: 9, green: 8, blue: 7))
    }
    #expect(try window.read(at: 0x3000, count: 3) == [7, 8, 9])
    #expect(
      try driver.send(request: ResourceMapBlob(resourceID: 5, offset: 0x8000).request()).type
        == ResponseType.invalidParameter.rawValue)
    try driver.send(ResourceUnmapBlob(resourceID: 5))
    #expect(throws: (any Error).self) { try window.read(at: 0x3000, count: 3) }
    #expect(
      try driver.send(request: ResourceUnmapBlob(resourceID: 5).request()).type
        == ResponseType.invalidParameter.rawValue)
    served.stop()
  }

  @Test("in the same process a mapping is there at once")
  func inProcess() throws {
    let device = Device(outputs: [Output(size: Size(width: 64, height: 48))], sink: EventRecorder(), clock: { .zero })
    device.hostVisibleCapacity = 0x4000
    let link = InProcessLink(device, ram: try GuestRAM(count: 4096))
    let region = try #require(device.hostVisible)
    let window = try #require(link.hostVisible)
    #expect(region.count == 0x4000)
    let file = try MappedMemory.makeFile(named: "blob", count: 0x2000)
    var heard: [Bool] = []
    region.map(file, from: 0, count: 0x2000, at: 0x2000) { heard.append($0) }
    region.map(file, from: 0, count: 0x2000, at: 0x3000) { heard.append($0) }
    try window.write([5], at: 0x2000)
    #expect(try file.read(1, at: 0) == [5])
    region.unmap(count: 0x2000, at: 0x2000) { heard.append($0) }
    region.unmap(count: 0x2000, at: 0x2000) { heard.append($0) }
    #expect(heard == [true, false, true, false])
  }

  private func wait(for count: Int, in journal: RegionJournal, _ link: VhostUserLink) throws {
    while journal.heard.withLock(\.count) < count {
      try #require(try link.frontEnd.wait(for: journal.bell, within: .seconds(10)))
    }
  }
}

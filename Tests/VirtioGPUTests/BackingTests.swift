import Display
import GuestDriver
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("Backings")
struct BackingTests {
  private static let size = Size(width: 16, height: 16)
  private static let all = Rectangle(size)

  /// A guest with resource 1, without backing, and the memory of its picture.
  private func makeGuest() throws -> (guest: TestGuest, memory: UInt64) {
    let guest = try TestGuest(outputs: [Output(size: Self.size)])
    try guest.driver.send(ResourceCreate2D(resourceID: 1, format: 1, width: 16, height: 16))
    return (guest, try guest.ram.allocate(16 * 16 * 4))
  }

  private func attach(_ guest: TestGuest, _ entries: [MemoryEntry]) throws -> ResponseType? {
    var writer = ByteWriter()
    for entry in entries { entry.write(to: &writer) }
    return try guest.code(
      ResourceAttachBacking(resourceID: 1, entryCount: UInt32(entries.count)), payload: writer.bytes)
  }

  private func transfer(_ guest: TestGuest, _ rectangle: Rectangle = all, offset: UInt64 = 0) throws -> ResponseType? {
    try guest.code(TransferToHost2D(rectangle: rectangle, offset: offset, resourceID: 1))
  }

  @Test("entries without bytes are allowed and add nothing")
  func emptyEntries() throws {
    let (guest, memory) = try makeGuest()
    let empty = MemoryEntry(address: memory, length: 0)
    #expect(try attach(guest, [empty, MemoryEntry(address: memory, length: 1024), empty]) == .okNoData)
    #expect(try transfer(guest) == .okNoData)
  }

  @Test("nothing but entries without bytes is a backing that has no pixels")
  func onlyEmpty() throws {
    let (guest, memory) = try makeGuest()
    #expect(try attach(guest, [MemoryEntry(address: memory, length: 0)]) == .okNoData)
    #expect(try transfer(guest) == .invalidParameter)
    #expect(try transfer(guest, Rectangle(x: 3, y: 3, width: 0, height: 0)) == .okNoData)
  }

  @Test("entries may overlap: the same page twice is the same pixels twice")
  func overlapping() throws {
    let (guest, memory) = try makeGuest()
    try guest.ram.memory.write([1, 2, 3, 4], at: memory)
    let half = MemoryEntry(address: memory, length: 512)
    #expect(try attach(guest, [half, half]) == .okNoData)
    #expect(try transfer(guest) == .okNoData)
    try guest.driver.send(SetScanout(rectangle: Self.all, scanout: 0, resourceID: 1))
    try guest.driver.send(ResourceFlush(rectangle: Self.all, resourceID: 1))
    let picture = try #require(guest.recorder.pictures[0])
    #expect(picture.pixel(0, 0).prefix(3) == [1, 2, 3])
    #expect(picture.pixel(0, 8).prefix(3) == [1, 2, 3])
  }

  @Test("a backing that is shorter than the picture gives the part that it has, and no more")
  func short() throws {
    let (guest, memory) = try makeGuest()
    #expect(try attach(guest, [MemoryEntry(address: memory, length: 1023)]) == .okNoData)
    #expect(try transfer(guest, Rectangle(x: 0, y: 0, width: 16, height: 15)) == .okNoData)
    #expect(try transfer(guest) == .invalidParameter)
    #expect(try transfer(guest, Rectangle(x: 15, y: 15, width: 1, height: 1), offset: 1020) == .invalidParameter)
    #expect(try transfer(guest, Rectangle(x: 15, y: 15, width: 1, height: 1), offset: 1019) == .okNoData)
  }

  @Test("after a detach there is nothing to transfer, and another backing may come")
  func detach() throws {
    let (guest, memory) = try makeGuest()
    let entry = MemoryEntry(address: memory, length: 1024)
    #expect(try attach(guest, [entry]) == .okNoData)
    #expect(try guest.code(ResourceDetachBacking(resourceID: 1)) == .okNoData)
    #expect(try transfer(guest) == .unspecified)
    #expect(try attach(guest, [entry]) == .okNoData)
    #expect(try transfer(guest) == .okNoData)
  }

  @Test("a resource goes with its backing, and its number is free again")
  func unref() throws {
    let (guest, memory) = try makeGuest()
    #expect(try attach(guest, [MemoryEntry(address: memory, length: 1024)]) == .okNoData)
    #expect(try guest.code(ResourceUnref(resourceID: 1)) == .okNoData)
    #expect(try guest.code(ResourceCreate2D(resourceID: 1, format: 2, width: 4, height: 4)) == .okNoData)
    #expect(try transfer(guest, Rectangle(x: 0, y: 0, width: 1, height: 1)) == .unspecified)
  }

  @Test("a picture in twenty thousand pieces, more than QEMU takes, is one picture")
  func manyEntries() throws {
    let guest = try TestGuest(outputs: [Output(size: Size(width: 200, height: 400))])
    let frame = try Framebuffer(guest.driver, size: Size(width: 200, height: 400), format: .b8g8r8x8, run: 16)
    frame.surface.fill(Rectangle(x: 100, y: 399, width: 1, height: 1), with: Color(red: 3, green: 2, blue: 1))
    try frame.show(on: 0)
    try frame.flush()
    #expect(try #require(guest.recorder.pictures[0]).pixel(100, 399).prefix(3) == [1, 2, 3])
  }

  @Test("a driver that chooses its features again gets what it chose")
  func featuresChange() throws {
    let guest = try TestGuest()
    #expect(try guest.code(GetEDID(scanout: 0)) == .okEDID)
    guest.device.acknowledge(features: 1 << 32)
    #expect(try guest.code(GetEDID(scanout: 0)) == .unspecified)
    guest.device.acknowledge(features: .max)
    #expect(try guest.code(GetEDID(scanout: 0)) == .okEDID)
  }
}

import Display
import GuestDriver
import LinuxIO
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("Refused commands")
struct RefusalTests {
  @Test("a request that is refused is one sentence for the log, on either queue")
  func sentences() throws {
    let guest = try TestGuest()
    #expect(try guest.code(ResourceUnref(resourceID: 7)) == .invalidResourceID)
    #expect(guest.refusals == ["command resourceUnref was refused: there is no resource 7"])
    try guest.driver.point(MoveCursor(CursorFields(scanout: 9, position: .zero, resourceID: 0)))
    #expect(guest.refusals.count == 2)
    try guest.driver.point(ResourceUnref(resourceID: 7))
    #expect(guest.refusals.count == 3)
  }

  @Test("a side that is too long is the reason, with its length and the limit")
  func longSide() throws {
    let guest = try TestGuest()
    for (width, height, side) in [(UInt32(262_144), UInt32(1), "width of 262144"), (1, 32768, "height of 32768")] {
      #expect(try guest.code(ResourceCreate2D(resourceID: 9, format: 1, width: width, height: height)) == .okNoData)
      let all = Rectangle(x: 0, y: 0, width: width, height: height)
      #expect(try guest.code(SetScanout(rectangle: all, scanout: 0, resourceID: 9)) == .invalidParameter)
      #expect(
        guest.refusals.last
          == "command setScanout was refused: an image of \(width)x\(height) pixels cannot be shown: its \(side) is more "
          + "than 32767")
      #expect(try guest.code(ResourceUnref(resourceID: 9)) == .okNoData)
    }
    #expect(
      try guest.code(
        ResourceCreateBlob(resourceID: 9, memory: .guest, flags: .mappable, size: 1 << 20)) == .okNoData)
    let blob = SetScanoutBlob(
      rectangle: Rectangle(x: 0, y: 0, width: 8, height: 1), scanout: 0, resourceID: 9,
      size: Size(width: 40000, height: 1), format: 1, stride: 160_000)
    #expect(try guest.code(blob) == .invalidParameter)
    #expect(guest.refusals.last?.hasSuffix("its width of 40000 is more than 32767") == true)
  }

  @Test("a request that makes no sense is a sentence for the log")
  func malformed() throws {
    let guest = try TestGuest()
    let queue = guest.driver.control
    queue.writeDescriptor(.init(address: GuestRAM.guestBase, length: 8, flags: 1), at: 0)
    queue.publish(head: 0)
    _ = try guest.driver.finish(queue, 0)
    #expect(guest.refusals.count == 1)
  }

  @Test("one entry over many small regions counts as many entries")
  func manyRegions() throws {
    var quota = Quota()
    quota.memoryEntries = 6
    let guest = try TestGuest(quota: quota)
    let regions = try (0..<8).map { index in
      let offset = UInt64(index) * 4096
      return GuestMemory.Region(
        guestAddress: GuestRAM.guestBase + offset, userAddress: GuestRAM.userBase + offset,
        mapping: try MappedMemory(guest.ram.file, offset: offset, count: 4096))
    }
    func attach(_ pages: UInt32) throws -> ResponseType? {
      var entry = ByteWriter()
      MemoryEntry(address: GuestRAM.guestBase, length: pages * 4096).write(to: &entry)
      return try guest.code(ResourceAttachBacking(resourceID: 1, entryCount: 1), payload: entry.bytes)
    }
    #expect(try guest.code(ResourceCreate2D(resourceID: 1, format: 1, width: 8, height: 8)) == .okNoData)
    try guest.device.memoryChanged(try GuestMemory(regions))
    #expect(try attach(7) == .outOfMemory)
    #expect(try attach(6) == .okNoData)
  }
}

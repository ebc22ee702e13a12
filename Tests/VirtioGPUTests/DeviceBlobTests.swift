import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU
import Virtqueue
import Wire

@Suite("Guest blobs")
struct DeviceBlobTests {
  private static let size = Size(width: 64, height: 48)

  @Test("guest pixels are shown without a copy", arguments: PixelFormat.allCases)
  func noCopy(format: PixelFormat) throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Self.size, format: format, kind: .blob)
    try frame.show(on: 0)
    let shown = try #require(guest.recorder.current[0])
    frame.surface.fill(Rectangle(x: 3, y: 4, width: 1, height: 1), with: Color(red: 1, green: 2, blue: 3))
    #expect(shown.pixel(3, 4) == frame.surface.pixel(3, 4))
    #expect(shown.format == format.opaque)
  }

  @Test("memory entries that lie apart are mapped side by side without a copy")
  func stitched() throws {
    let guest = try TestGuest()
    let blob = try ScatteredBlob(guest, size: Self.size)
    try blob.show()
    let shown = try #require(guest.recorder.current[0])
    // A row of 256 bytes, 16 of them a page: the first pixels of pages that the guest has in the reverse order.
    for page in 0..<3 {
      try blob.write([UInt8(page), 7, 8, 9], at: UInt64(page) * 4096)
      #expect(shown.pixel(0, page * 16) == [UInt8(page), 7, 8, 9])
    }
  }

  @Test("memory entries that cannot be mapped side by side are copied when they are flushed", arguments: [0, 2])
  func gathered(maximumMappings: Int) throws {
    var quota = Quota()
    quota.mappings = maximumMappings
    let guest = try TestGuest(quota: quota)
    let blob = try ScatteredBlob(guest, size: Self.size)
    try blob.write([1, 2, 3, 4], at: 4096)
    try blob.show()
    let shown = try #require(guest.recorder.current[0])
    #expect(shown.pixel(0, 16) == [1, 2, 3, 4])
    try blob.write([5, 6, 7, 8], at: 4096)
    #expect(shown.pixel(0, 16) == [1, 2, 3, 4])
    try guest.driver.send(
      ResourceFlush(rectangle: Rectangle(x: 0, y: 16, width: 1, height: 1), resourceID: blob.resourceID))
    #expect(shown.pixel(0, 16) == [5, 6, 7, 8])
  }

  @Test("a blob whose entries are not whole pages is shown as well")
  func unaligned() throws {
    let guest = try TestGuest()
    let blob = try ScatteredBlob(guest, size: Self.size, run: 1000)
    try blob.write([1, 2, 3, 4], at: 256 * 20)
    try blob.show()
    #expect(try #require(guest.recorder.current[0]).pixel(0, 20) == [1, 2, 3, 4])
  }

  @Test("any stride, offset and part are shown")
  func geometry() throws {
    let guest = try TestGuest()
    let blob = try ScatteredBlob(guest, size: Size(width: 64, height: 64), run: .max)
    // 20x10 pixels, rows 300 bytes apart, from byte 52 on; of those, 5x4 from (7, 3).
    try blob.write([9, 8, 7, 6], at: 52 + 300 * 4 + 4 * 8)
    try guest.driver.send(
      SetScanoutBlob(
        rectangle: Rectangle(x: 7, y: 3, width: 5, height: 4), scanout: 0, resourceID: blob.resourceID,
        size: Size(width: 20, height: 10), format: 2, stride: 300, offset: 52))
    let shown = try #require(guest.recorder.current[0])
    #expect(shown.size == Size(width: 5, height: 4))
    #expect(shown.pixel(1, 1) == [9, 8, 7, 6])
    try guest.driver.send(
      ResourceFlush(rectangle: Rectangle(x: 8, y: 0, width: 100, height: 5), resourceID: blob.resourceID))
    #expect(guest.recorder.entries.contains(.damage(0, Rectangle(x: 1, y: 0, width: 4, height: 2))))
  }

  @Test("a transfer, which Linux sends all the same, does nothing and is allowed")
  func transfer() throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Self.size, format: .b8g8r8x8, kind: .blob)
    #expect(
      try guest.code(
        TransferToHost2D(rectangle: Rectangle(Self.size), offset: 0, resourceID: frame.resourceID)) == .okNoData)
  }

  @Test("a cursor may be a blob of 64 by 64 pixels")
  func cursor() throws {
    let guest = try TestGuest()
    let image = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8, kind: .blob)
    image.surface.fill(Rectangle(x: 0, y: 0, width: 64, height: 64), with: Color(red: 1, green: 2, blue: 3))
    try guest.driver.showCursor(image, on: 0, at: Point(x: 5, y: 6), hotSpot: .zero)
    let cursor = try #require(guest.recorder.cursors[0])
    #expect(cursor.surface.pixel(63, 63) == [3, 2, 1, 255])
  }

  @Test("a blob that loses its backing is shown no longer")
  func detach() throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Self.size, format: .b8g8r8x8, kind: .blob)
    try frame.show(on: 0)
    try guest.driver.send(ResourceDetachBacking(resourceID: frame.resourceID))
    #expect(guest.recorder.current[0] == nil)
    #expect(try guest.code(ResourceFlush(rectangle: Rectangle(Self.size), resourceID: frame.resourceID)) == .okNoData)
    #expect(try guest.code(ResourceUnref(resourceID: frame.resourceID)) == .okNoData)
  }

  @Test("a blob may get its backing later")
  func attachLater() throws {
    let guest = try TestGuest()
    try guest.driver.send(ResourceCreateBlob(resourceID: 7, memory: .guest, size: 4096))
    let show = SetScanoutBlob(
      rectangle: Rectangle(x: 0, y: 0, width: 4, height: 4), scanout: 0, resourceID: 7, size: Size(width: 4, height: 4),
      format: 1, stride: 16)
    #expect(try guest.code(show) == .unspecified)
    let page = try guest.ram.allocate(4096)
    #expect(
      try guest.code(ResourceAttachBacking(resourceID: 7, entryCount: 1), payload: entries([(page, 4095)]))
        == .invalidParameter)
    try guest.driver.send(ResourceAttachBacking(resourceID: 7, entryCount: 1), payload: entries([(page, 4096)]))
    #expect(try guest.code(show) == .okNoData)
  }

  @Test("a blob that is shown follows its backing to another memory table")
  func memoryMoves() throws {
    let guest = try TestGuest()
    let blob = try ScatteredBlob(guest, size: Self.size)
    try blob.show()
    try guest.device.memoryChanged(.none)
    #expect(guest.recorder.current[0] != nil)
    try guest.device.memoryChanged(guest.ram.memory)
    try blob.write([4, 3, 2, 1], at: 8192)
    #expect(try #require(guest.recorder.current[0]).pixel(0, 32) == [4, 3, 2, 1])
  }

  @Test("a blob whose memory was removed keeps its last image, and shows no later writes")
  func memoryGoes() throws {
    let guest = try TestGuest()
    let blob = try ScatteredBlob(guest, size: Self.size)
    try blob.write([1, 2, 3, 4], at: 0)
    try blob.show()
    try guest.device.memoryChanged(.none)
    try blob.write([9, 9, 9, 9], at: 0)
    #expect(try #require(guest.recorder.current[0]).pixel(0, 0) == [1, 2, 3, 4])
  }

  @Test("blobs that are no longer shown release their mappings, and show the right pixels when shown again")
  func views() throws {
    var quota = Quota()
    quota.joinedBlobs = 2
    let guest = try TestGuest(quota: quota)
    let blobs = try (0..<5).map { _ in try ScatteredBlob(guest, size: Self.size) }
    for _ in 0..<2 {
      for (index, blob) in blobs.enumerated() {
        try blob.write([UInt8(index), 2, 3, 4], at: 4096)
        try blob.show()
        #expect(try #require(guest.recorder.current[0]).pixel(0, 16) == [UInt8(index), 2, 3, 4])
        #expect(guest.device.usage.mappings <= 3 * quota.joinedBlobs)
      }
    }
  }

  @Test("rows that lie further apart than pixels can be counted are refused")
  func farRows() throws {
    var quota = Quota()
    quota.resourceBytes = 8 << 30
    let guest = try TestGuest(quota: quota)
    let start = try guest.ram.allocate(32 << 20)
    let list = Array(repeating: (start, UInt32(32 << 20)), count: 96)
    try guest.driver.send(
      ResourceCreateBlob(resourceID: 7, memory: .guest, entryCount: 96, size: 3 << 30), payload: entries(list))
    #expect(
      try guest.code(
        SetScanoutBlob(
          rectangle: Rectangle(x: 0, y: 0, width: 16, height: 3), scanout: 0, resourceID: 7,
          size: Size(width: 16, height: 3), format: 2, stride: 1 << 30)) == .invalidParameter)
  }

  @Test("a UUID is of version 4, stays the same, and differs from that of any other resource")
  func uuid() throws {
    let guest = try TestGuest()
    for id in [UInt32(1), 2] { try guest.driver.send(ResourceCreateBlob(resourceID: id, memory: .guest, size: 4096)) }
    let first = try guest.driver.send(ResourceAssignUUID(resourceID: 1)).body
    let again = try guest.driver.send(ResourceAssignUUID(resourceID: 1)).body
    let other = try guest.driver.send(ResourceAssignUUID(resourceID: 2)).body
    #expect(first.count == 16 && first == again && first != other)
    #expect(first[6] >> 4 == 4 && first[8] >> 6 == 2)
    #expect(try guest.code(ResourceAssignUUID(resourceID: 3)) == .invalidResourceID)
  }
}

/// A blob whose pages the guest has in the reverse order.
private struct ScatteredBlob {
  let guest: TestGuest
  let resourceID: UInt32
  let size: Size
  private let start: UInt64
  private let count: UInt64
  private let run: UInt64

  init(_ guest: TestGuest, size: Size, run: UInt64 = 4096) throws {
    self.guest = guest
    self.size = size
    count = size.area * 4
    self.run = min(run, count)
    start = try guest.ram.allocate(count)
    resourceID = guest.driver.makeResourceID()
    var list: [(UInt64, UInt32)] = []
    var end = count
    while end > 0 {
      let length = min(self.run, end)
      list.append((start + end - length, UInt32(length)))
      end -= length
    }
    try guest.driver.send(
      ResourceCreateBlob(resourceID: resourceID, memory: .guest, entryCount: UInt32(list.count), size: count),
      payload: entries(list))
  }

  func show() throws {
    try guest.driver.send(
      SetScanoutBlob(
        rectangle: Rectangle(size), scanout: 0, resourceID: resourceID, size: size, format: 2, stride: size.width * 4))
  }

  /// Writes four bytes of the blob, in its own order.
  func write(_ bytes: [UInt8], at offset: UInt64) throws {
    let index = offset / run
    let length = min(run, count - index * run)
    try guest.ram.memory.write(bytes, at: start + count - index * run - length + offset % run)
  }
}

private func entries(_ list: [(UInt64, UInt32)]) -> [UInt8] {
  var writer = ByteWriter()
  for (address, length) in list { MemoryEntry(address: address, length: length).write(to: &writer) }
  return writer.bytes
}

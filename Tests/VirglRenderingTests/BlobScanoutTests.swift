import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU
import Virtqueue

@Suite("Blobs of OpenGL on a scanout", .serialized)
@VirglActor
struct BlobScanoutTests {
  private let red: UInt32 = 0xFF0000
  private let blue: UInt32 = 0x0000FF

  @Test(
    "a blob of a texture is shown right way up, flush by flush, and its scanout is off when it is destroyed",
    arguments: [BlobMemory.host3D, .host3DGuest])
  func texture(memory: BlobMemory) throws {
    let guest = try VirglGuest()
    let before = guest.device.usage
    let entries = memory == .host3D ? [] : try guest.pages().entry
    try guest.makeBlob(7, memory, of: guest.texture, entries)
    try guest.clear(7, red)
    try guest.driver.send(guest.showing(7))
    try guest.driver.send(guest.showing(7, on: 1, Rectangle(x: 10, y: 8, width: 20, height: 16), format: .b8g8r8a8))
    // What is shown was read when it was asked for.
    #expect(guest.recorder.current[0]?.words.first.map { $0 & 0xFFFFFF } == red)
    try guest.dot(7, 12, 9, 0x123456)
    try guest.dot(7, 40, 40, 0x654321)
    try guest.flush(7, Rectangle(x: 0, y: 0, width: 20, height: 20))
    #expect(guest.dots(on: red) == [Dot(x: 12, y: 9, word: 0x123456)])
    #expect(guest.dots(on: red, scanout: 1) == [Dot(x: 2, y: 1, word: 0x123456)])
    // A guest may flush more than there is.
    try guest.flush(7, Rectangle(x: 30, y: 30, width: .max, height: .max))
    #expect(guest.dots(on: red)?.count == 2)
    #expect(guest.device.usage == guest.device.recountUsage())
    try guest.driver.send(ResourceUnref(resourceID: 7))
    #expect(guest.recorder.entries.suffix(4) == [.vsync(0, 1), .off(0), .vsync(1, 1), .off(1)])
    #expect(guest.device.usage == before)
  }

  @Test("a blob of a texture is shown without backing as well")
  func withoutPages() throws {
    let guest = try VirglGuest()
    try guest.makeBlob(7, .host3DGuest, of: guest.texture, guest.pages().entry)
    try guest.clear(7, red)
    try guest.driver.send(guest.showing(7))
    try guest.driver.send(ResourceDetachBacking(resourceID: 7))
    try guest.clear(7, blue)
    try guest.flush(7)
    #expect(guest.dots(on: blue) == [])
  }

  @Test("a blob of a texture is shown whole, in its own size and order of colours, or is refused")
  func layout() throws {
    let guest = try VirglGuest()
    try guest.makeBlob(7, .host3D, of: guest.texture)
    let before = guest.device.usage
    let less = Size(width: 64, height: 40)
    for wrong in [
      guest.showing(7, size: less), guest.showing(7, size: Size(width: 32, height: 48), stride: 128),
      guest.showing(7, format: .r8g8b8x8), guest.showing(7, size: less, offset: 4),
      guest.showing(7, Rectangle(x: 0, y: 0, width: 65, height: 48)),
    ] {
      #expect(try guest.code(wrong) == .invalidParameter)
    }
    #expect(guest.device.usage == before)
    try guest.driver.send(guest.showing(7))
    #expect(try guest.code(guest.showing(7, size: less)) == .invalidParameter)
    #expect(guest.recorder.entries.count == 1)
  }

  @Test("strides and offsets that the texture does not have are refused")
  func rows() throws {
    let guest = try VirglGuest()
    var stream = VirglStream()
    stream.createObject(7, like: guest.texture)
    try guest.submit(stream)
    try guest.driver.send(ResourceCreateBlob(resourceID: 7, memory: .host3D, blobID: 7, size: 65536), context: 1)
    #expect(try guest.code(guest.showing(7, stride: 512)) == .invalidParameter)
    #expect(try guest.code(guest.showing(7, offset: 256)) == .invalidParameter)
    #expect(guest.device.usage.resourceBytes == 65536)
    try guest.driver.send(ContextAttachResource(resourceID: 7), context: 1)
    try guest.clear(7, blue)
    try guest.driver.send(guest.showing(7))
    try guest.clear(7, red)
    #expect(try guest.code(guest.showing(7, stride: 512)) == .invalidParameter)
    // What is shown stays as it was until a flush.
    #expect(guest.recorder.current[0]?.dots(on: blue, mask: 0xFFFFFF) == [])
  }

  @Test("a blob of a buffer shows its backing, until that is detached")
  func pages() throws {
    let guest = try VirglGuest()
    let (address, entry) = try guest.pages()
    try guest.makeBlob(7, .host3DGuest, of: guest.buffer, entry)
    try guest.driver.send(guest.showing(7, size: Size(width: 64, height: 40), offset: 1024))
    try guest.ram.memory.write([0x56, 0x34, 0x12, 0], at: address + 1024 + 3 * 256 + 5 * 4)
    try guest.flush(7)
    #expect(guest.dots(on: 0) == [Dot(x: 5, y: 3, word: 0x123456)])
    // A guest that loses its memory is shown as it was, and again when the memory is back.
    try guest.device.memoryChanged(GuestMemory([]))
    try guest.ram.memory.write([9, 9, 9, 0], at: address + 1024)
    #expect(guest.recorder.current[0]?.dots(on: 0, mask: 0xFFFFFF) == [Dot(x: 5, y: 3, word: 0x123456)])
    try guest.device.memoryChanged(guest.ram.memory)
    #expect(guest.recorder.current[0]?.dots(on: 0, mask: 0xFFFFFF).count == 2)
    try guest.driver.send(ResourceDetachBacking(resourceID: 7))
    #expect(guest.recorder.entries.last == .off(0))
    #expect(try guest.code(guest.showing(7)) == .unspecified)
  }

  @Test("a blob of a buffer without backing cannot be shown")
  func buffer() throws {
    let guest = try VirglGuest()
    try guest.makeBlob(7, .host3D, of: guest.buffer)
    #expect(try guest.code(guest.showing(7)) == .unspecified)
    #expect(guest.recorder.entries.isEmpty)
  }
}

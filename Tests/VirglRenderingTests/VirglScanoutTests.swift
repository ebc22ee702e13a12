import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU
import Virtqueue

@Suite("Scanouts of a device that draws with OpenGL", .serialized)
@VirglActor
struct VirglScanoutTests {
  private let red: UInt32 = 0xFF0000
  private let blue: UInt32 = 0x0000FF

  @Test("a texture is shown right way up, and a part of it on another scanout")
  func texture() throws {
    let guest = try VirglGuest()
    try guest.makeTexture(5)
    try guest.clear(5, red)
    try guest.dot(5, 12, 9, 0x123456)
    try guest.show(5)
    try guest.show(5, on: 1, Rectangle(x: 10, y: 8, width: 20, height: 16))
    try guest.flush(5)
    #expect(guest.dots(on: red) == [Dot(x: 12, y: 9, word: 0x123456)])
    #expect(guest.dots(on: red, scanout: 1) == [Dot(x: 2, y: 1, word: 0x123456)])
    #expect(guest.recorder.surfaces[1]?.size == Size(width: 20, height: 16))
  }

  @Test("a flush brings its own rectangle up to date, and nothing around it")
  func damage() throws {
    let guest = try VirglGuest()
    try guest.makeTexture(5)
    try guest.clear(5, red)
    try guest.show(5)
    try guest.clear(5, blue)
    try guest.flush(5, Rectangle(x: 30, y: 40, width: 3, height: 2))
    let part = (40..<42).flatMap { y in (30..<33).map { x in Dot(x: x, y: y, word: blue) } }
    #expect(guest.dots(on: red) == part)
    try guest.flush(5)
    #expect(guest.dots(on: blue) == [])
  }

  @Test("pixels of the guest are transferred to a texture, and drawn pixels are transferred back")
  func transfers() throws {
    let guest = try VirglGuest()
    let frame = try Framebuffer(guest.driver, size: guest.size, format: .b8g8r8x8, run: 4096)
    let box = Rectangle(x: 3, y: 5, width: 2, height: 1)
    frame.surface.fill(box, with: Color(red: 255, green: 0, blue: 0))
    try frame.show(on: 0)
    try frame.flush(box)
    #expect(guest.dots(on: 0) == [Dot(x: 3, y: 5, word: red), Dot(x: 4, y: 5, word: red)])
    let id = frame.resourceID
    try guest.driver.send(ContextAttachResource(resourceID: id), context: 1)
    try guest.submit(.clear(id, format: 2, red: 0, green: 0, blue: 1))
    try guest.driver.send(
      TransferFromHost3D(Transfer3D(box: Box(x: 3, y: 5, width: 1), offset: 5 * 256 + 3 * 4, resourceID: id)),
      context: 1)
    let colors = frame.surface.words.map { $0 & 0xFFFFFF }
    #expect(colors[5 * 64 + 3] == blue && colors[5 * 64 + 4] == red)
  }

  @Test("commands that fail have error responses, and later fences complete")
  func failure() throws {
    let guest = try VirglGuest()
    try guest.makeTexture(5)
    try guest.show(5)
    let wrong = VirglStream.clear(99, format: 1, red: 1, green: 0, blue: 0).bytes
    let response = try guest.driver.send(
      request: Submit3D(size: UInt32(wrong.count)).request(fenceID: 77, context: 1) + wrong)
    #expect(ResponseType(rawValue: response.type) == .invalidParameter)
    #expect(response.header.fenceID == 77)
    // Its context may draw no more; the other one does.
    try guest.clear(5, blue, in: 2)
    try guest.flush(5)
    #expect(guest.dots(on: blue) == [])
    #expect(guest.device.usage.pendingCommands == 0)
  }

  @Test("a format that virglrenderer lacks is a 2D resource with the right colours, for no context")
  func format() throws {
    let guest = try VirglGuest()
    let frame = try Framebuffer(guest.driver, size: guest.size, format: .x8b8g8r8)
    frame.surface.fill(Rectangle(guest.size), with: Color(red: 255, green: 0, blue: 0))
    frame.surface.fill(Rectangle(x: 7, y: 2, width: 1, height: 1), with: Color(red: 0x12, green: 0x34, blue: 0x56))
    try frame.show(on: 0)
    try frame.flush()
    #expect(guest.dots(on: red) == [Dot(x: 7, y: 2, word: 0x123456)])
    var texture = guest.texture
    texture.resourceID = 99
    texture.format = PixelFormat.x8b8g8r8.wire
    #expect(try guest.code(texture) == .invalidParameter)
  }

  @Test("a cursor image is read from a texture, with its alpha")
  func cursor() throws {
    let guest = try VirglGuest()
    let image = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
    let id = image.resourceID
    try guest.driver.send(ContextAttachResource(resourceID: id), context: 1)
    var stream = VirglStream.clear(id, format: 1, red: 0, green: 0, blue: 0, alpha: 0)
    stream.write([0x8080_4020], to: Box(x: 5, y: 3, width: 1), of: id)
    try guest.submit(stream)
    try guest.driver.point(
      UpdateCursor(
        CursorFields(scanout: 1, position: Point(x: 9, y: 8), resourceID: id, hotSpot: Point(x: 1, y: 2))))
    let cursor = try #require(guest.recorder.cursors[1])
    #expect(cursor.hotSpot == Point(x: 1, y: 2))
    #expect(cursor.surface.dots(on: 0) == [Dot(x: 5, y: 3, word: 0x8080_4020)])
  }
}

import Display
import GuestDriver
import Testing
import VirtioGPU

@Suite("The pointer")
struct CursorTests {
  private func makePointer(_ guest: TestGuest, _ size: Size = Size(width: 64, height: 64)) throws -> Framebuffer {
    let image = try Framebuffer(guest.driver, size: size, format: .b8g8r8a8)
    image.surface.fill(Rectangle(size), with: Color(red: 0, green: 0, blue: 128, alpha: 128))
    return image
  }

  @Test("an update shows the image with its alpha, hot spot and place")
  func update() throws {
    let guest = try TestGuest()
    let image = try makePointer(guest)
    try guest.driver.showCursor(image, on: 0, at: Point(x: 7, y: 9), hotSpot: Point(x: 3, y: 4))
    #expect(
      guest.recorder.entries == [
        .cursor(0, Size(width: 64, height: 64), hotSpot: Point(x: 3, y: 4)), .cursorMoved(0, Point(x: 7, y: 9)),
      ])
    #expect(try #require(guest.recorder.cursors[0]).surface.pixel(0, 0) == [128, 0, 0, 128])
  }

  @Test("the alpha counts also in a resource whose format has none", arguments: PixelFormat.allCases)
  func alphaOfAnyFormat(format: PixelFormat) throws {
    let guest = try TestGuest()
    let size = Size(width: 64, height: 64)
    let image = try Framebuffer(guest.driver, size: size, format: format)
    try Surface(Rectangle(size), of: image.surface, as: format.translucent)
      .fill(Rectangle(size), with: Color(red: 10, green: 20, blue: 30, alpha: 40))
    try guest.driver.showCursor(image, on: 0, at: .zero, hotSpot: .zero)
    #expect(try #require(guest.recorder.cursors[0]).surface.pixel(0, 0) == [30, 20, 10, 40])
  }

  @Test("positions left of and above the screen are negative")
  func negative() throws {
    let guest = try TestGuest()
    try guest.driver.moveCursor(on: 0, to: Point(x: -5, y: -60))
    #expect(guest.recorder.entries == [.cursorMoved(0, Point(x: -5, y: -60))])
  }

  @Test("what the guest draws into the resource afterwards does not change the shown image")
  func copied() throws {
    let guest = try TestGuest()
    let image = try makePointer(guest)
    try guest.driver.showCursor(image, on: 0, at: .zero, hotSpot: .zero)
    image.surface.fill(Rectangle(x: 0, y: 0, width: 64, height: 64), with: .black)
    try image.flush()
    try image.unref()
    #expect(try #require(guest.recorder.cursors[0]).surface.pixel(0, 0) == [128, 0, 0, 128])
  }

  @Test("resource 0 hides it, once")
  func hide() throws {
    let guest = try TestGuest()
    let image = try makePointer(guest)
    try guest.driver.showCursor(image, on: 0, at: .zero, hotSpot: .zero)
    guest.recorder.clear()
    for _ in 0..<2 {
      try guest.driver.point(UpdateCursor(CursorFields(scanout: 0, position: .zero, resourceID: 0)))
    }
    #expect(guest.recorder.entries == [.cursor(0, nil, hotSpot: nil)])
  }

  @Test(
    "images of other sizes than 64x64 are shown as well",
    arguments: [Size(width: 63, height: 64), Size(width: 1, height: 1), Size(width: 256, height: 256)])
  func sizes(size: Size) throws {
    let guest = try TestGuest()
    try guest.driver.showCursor(makePointer(guest, size), on: 0, at: .zero, hotSpot: .zero)
    #expect(guest.recorder.cursors[0]?.surface.size == size)
  }

  @Test(
    "mistakes show nothing, and the next command works",
    arguments: [
      CursorFields(scanout: 1, position: .zero, resourceID: 1),
      CursorFields(scanout: 16, position: .zero, resourceID: 1),
      CursorFields(scanout: .max, position: .zero, resourceID: 1),
      CursorFields(scanout: 0, position: .zero, resourceID: 99),
      CursorFields(scanout: 0, position: .zero, resourceID: .max),
      CursorFields(scanout: 0, position: .zero, resourceID: 2),
    ])
  func mistakes(fields: CursorFields) throws {
    let guest = try TestGuest()
    _ = try makePointer(guest)
    _ = try makePointer(guest, Size(width: 257, height: 10))
    try guest.driver.point(UpdateCursor(fields))
    #expect(guest.recorder.entries.isEmpty)
    #expect(guest.refusals.count == 1)
    try guest.driver.moveCursor(on: 0, to: Point(x: 1, y: 1))
    #expect(guest.recorder.entries == [.cursorMoved(0, Point(x: 1, y: 1))])
  }

  @Test("a command of the control queue is not executed here, and the next one works")
  func controlCommand() throws {
    let guest = try TestGuest()
    try guest.driver.point(ResourceCreate2D(resourceID: 1, format: 1, width: 8, height: 8))
    #expect(guest.refusals.count == 1)
    #expect(try guest.code(ResourceUnref(resourceID: 1)) == .invalidResourceID)
    try guest.driver.moveCursor(on: 0, to: Point(x: 1, y: 1))
    #expect(guest.recorder.entries == [.cursorMoved(0, Point(x: 1, y: 1))])
  }

  @Test("hot spots outside the image are passed on as they are")
  func hotSpotOutside() throws {
    let guest = try TestGuest()
    let far = Point(x: .max, y: .min)
    try guest.driver.showCursor(makePointer(guest), on: 0, at: Point(x: .min, y: .max), hotSpot: far)
    #expect(guest.recorder.cursors[0]?.hotSpot == far)
  }
}

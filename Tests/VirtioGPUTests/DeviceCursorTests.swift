import Display
import GuestDriver
import ScanoutTesting
import Testing

@Suite("Cursors")
struct DeviceCursorTests {
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
}

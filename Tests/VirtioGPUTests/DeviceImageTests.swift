import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirtioGPU

@Suite("Images that a guest draws on scanouts")
struct DeviceImageTests {
  @Test("a full frame reaches the scanout byte for byte", arguments: [UInt64.max, 4096, 64])
  func fullFrame(run: UInt64) throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8, run: run)
    frame.surface.fill(Rectangle(x: 0, y: 0, width: 64, height: 48), with: Color(red: 1, green: 2, blue: 3))
    frame.surface.fill(Rectangle(x: 10, y: 20, width: 5, height: 6), with: Color(red: 200, green: 100, blue: 50))
    try frame.show(on: 0)
    try frame.flush()
    let image = try #require(guest.recorder.surfaces[0])
    #expect(image.pixel(0, 0).prefix(3) == [3, 2, 1])
    #expect(image.pixel(10, 20).prefix(3) == [50, 100, 200])
    #expect(image.pixel(14, 25).prefix(3) == [50, 100, 200])
    #expect(image.pixel(15, 25).prefix(3) == [3, 2, 1])
    #expect(
      guest.recorder.entries == [
        .scanout(0, Size(width: 64, height: 48), .b8g8r8x8),
        .damage(0, Rectangle(x: 0, y: 0, width: 64, height: 48)),
      ])
  }

  @Test("each of the eight formats shows the same colours", arguments: PixelFormat.allCases)
  func formats(format: PixelFormat) throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Size(width: 8, height: 8), format: format)
    frame.surface.fill(Rectangle(x: 0, y: 0, width: 8, height: 8), with: Color(red: 10, green: 20, blue: 30))
    // The bytes that the guest wrote are in the order that the format's name says.
    let bytes: [Character: UInt8] = ["r": 10, "g": 20, "b": 30]
    let letters = format.rawValue.filter(\.isLetter)
    for (place, letter) in letters.enumerated() {
      if let value = bytes[letter] { #expect(frame.surface.pixel(0, 0)[place] == value) }
    }
    try frame.show(on: 0)
    try frame.flush()
    #expect(try #require(guest.recorder.surfaces[0]).pixel(7, 7).prefix(3) == [30, 20, 10])
  }

  @Test("only the transferred part changes, wherever the offset puts it")
  func partialTransfer() throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8, run: 1000)
    try frame.show(on: 0)
    frame.surface.fill(Rectangle(x: 0, y: 0, width: 64, height: 48), with: Color(red: 9, green: 9, blue: 9))
    try frame.flush(Rectangle(x: 3, y: 5, width: 7, height: 11))
    let image = try #require(guest.recorder.surfaces[0])
    #expect(image.pixel(3, 5).prefix(3) == [9, 9, 9])
    #expect(image.pixel(9, 15).prefix(3) == [9, 9, 9])
    for (x, y) in [(2, 5), (10, 5), (3, 4), (3, 16), (0, 0), (63, 47)] {
      #expect(image.pixel(x, y).prefix(3) == [0, 0, 0], "at \(x), \(y)")
    }
  }

  @Test("a scanout of a part of a resource gets damage in its own coordinates, clipped")
  func subRectangle() throws {
    let outputs = [Output(size: Size(width: 20, height: 10)), Output(size: Size(width: 30, height: 30))]
    let guest = try TestGuest(outputs: outputs)
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0, Rectangle(x: 10, y: 10, width: 20, height: 10))
    try frame.show(on: 1, Rectangle(x: 25, y: 5, width: 30, height: 30))
    guest.recorder.clear()
    frame.surface.fill(Rectangle(x: 28, y: 12, width: 4, height: 4), with: Color(red: 255, green: 0, blue: 0))
    try frame.flush(Rectangle(x: 28, y: 12, width: 4, height: 4))
    #expect(
      guest.recorder.entries == [
        .damage(0, Rectangle(x: 18, y: 2, width: 2, height: 4)),
        .damage(1, Rectangle(x: 3, y: 7, width: 4, height: 4)),
      ])
    #expect(try #require(guest.recorder.surfaces[0]).pixel(18, 2).prefix(3) == [0, 0, 255])
    #expect(try #require(guest.recorder.surfaces[1]).pixel(3, 7).prefix(3) == [0, 0, 255])
  }

  @Test("two scanouts that mirror one resource both get each flush, one that shows another resource does not")
  func mirrored() throws {
    let guest = try TestGuest(outputs: Array(repeating: Output(size: Size(width: 32, height: 32)), count: 3))
    let shared = try Framebuffer(guest.driver, size: Size(width: 32, height: 32), format: .r8g8b8x8)
    let other = try Framebuffer(guest.driver, size: Size(width: 32, height: 32), format: .r8g8b8x8)
    try shared.show(on: 0)
    try shared.show(on: 2)
    try other.show(on: 1)
    guest.recorder.clear()
    try shared.flush()
    let all = Rectangle(x: 0, y: 0, width: 32, height: 32)
    #expect(guest.recorder.entries == [.damage(0, all), .damage(2, all)])
  }

  @Test("a flush that misses every scanout, or has no pixel, is responded to and shows nothing")
  func flushOfNothing() throws {
    let guest = try TestGuest()
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.flush()
    try frame.show(on: 0, Rectangle(x: 0, y: 0, width: 16, height: 16))
    guest.recorder.clear()
    try frame.flush(Rectangle(x: 20, y: 20, width: 5, height: 5))
    try frame.flush(Rectangle(x: 64, y: 48, width: 0, height: 0))
    #expect(guest.recorder.entries.isEmpty)
  }

  @Test("the pixels stay when the backing goes, and a page flip shows the other resource")
  func pageFlip() throws {
    let guest = try TestGuest()
    let first = try Framebuffer(guest.driver, size: Size(width: 16, height: 16), format: .b8g8r8x8)
    let second = try Framebuffer(guest.driver, size: Size(width: 16, height: 16), format: .b8g8r8x8)
    first.surface.fill(Rectangle(x: 0, y: 0, width: 16, height: 16), with: Color(red: 1, green: 1, blue: 1))
    second.surface.fill(Rectangle(x: 0, y: 0, width: 16, height: 16), with: Color(red: 2, green: 2, blue: 2))
    try first.transfer()
    try guest.driver.send(ResourceDetachBacking(resourceID: first.resourceID))
    try first.show(on: 0)
    try guest.driver.send(
      ResourceFlush(rectangle: Rectangle(x: 0, y: 0, width: 16, height: 16), resourceID: first.resourceID))
    #expect(try #require(guest.recorder.surfaces[0]).pixel(5, 5).prefix(3) == [1, 1, 1])
    try second.show(on: 0)
    try second.flush()
    #expect(try #require(guest.recorder.surfaces[0]).pixel(5, 5).prefix(3) == [2, 2, 2])
  }

  @Test("a resource that is shown and destroyed leaves its scanouts off")
  func unrefShown() throws {
    let guest = try TestGuest(outputs: Array(repeating: Output(size: Size(width: 32, height: 32)), count: 2))
    let frame = try Framebuffer(guest.driver, size: Size(width: 32, height: 32), format: .b8g8r8x8)
    try frame.show(on: 0)
    try frame.show(on: 1)
    guest.recorder.clear()
    try frame.unref()
    #expect(guest.recorder.entries == [.off(0), .off(1)])
    #expect(try guest.code(ResourceUnref(resourceID: frame.resourceID)) == .invalidResourceID)
  }
}

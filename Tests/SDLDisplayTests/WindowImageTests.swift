import CSDL2
import Display
import SDLDisplay
import Testing

@Suite("What a window shows", .serialized)
@SDLActor struct WindowImageTests {
  @Test("the colours of a surface come out, whatever its format", arguments: PixelFormat.allCases)
  func formats(_ format: PixelFormat) throws {
    let windows = try SDLWindows.invisible()
    let surface = try Surface.plain(4, 2, Color(red: 0x12, green: 0x34, blue: 0x56), format)
    surface.fill(Rectangle(x: 1, y: 1, width: 1, height: 1), with: Color(red: 0xFE, green: 0xDC, blue: 0xBA))
    try windows.sink.receive(.scanout(surface))
    var expected = [UInt32](repeating: 0x123456, count: 8)
    expected[5] = 0xFEDCBA
    #expect(try windows.show() == expected)
  }

  @Test("a scanout is opaque: its alpha byte means nothing")
  func opaque() throws {
    let windows = try SDLWindows.invisible()
    let surface = try Surface.plain(2, 1, Color(red: 10, green: 20, blue: 30, alpha: 0), .b8g8r8a8)
    try windows.sink.receive(.scanout(surface))
    #expect(try windows.show() == [0x0A141E, 0x0A141E])
  }

  @Test("bars beside the image are black, and pixels that grow stay sharp", arguments: ["dummy", "offscreen"])
  func letterbox(_ driver: String) throws {
    let windows = try SDLWindows.invisible(driver: driver)
    let surface = try Surface.plain(2, 1, red)
    surface.fill(Rectangle(x: 1, y: 0, width: 1, height: 1), with: green)
    try windows.sink.receive(.scanout(surface))
    _ = try windows.show()
    windows.userResizes(to: Size(width: 6, height: 5))
    let (r, g, o) = (UInt32(0xFF0000), UInt32(0x00FF00), UInt32(0))
    #expect(
      try windows.show() == [
        o, o, o, o, o, o,
        r, r, r, g, g, g,
        r, r, r, g, g, g,
        r, r, r, g, g, g,
        o, o, o, o, o, o,
      ])
  }

  @Test("only what was damaged is copied")
  func damage() throws {
    let windows = try SDLWindows.invisible()
    let surface = try Surface.plain(3, 1, red)
    try windows.sink.receive(.scanout(surface))
    _ = try windows.show()
    surface.fill(Rectangle(surface.size), with: blue)
    try windows.sink.receive(.damage(Rectangle(x: 1, y: 0, width: 1, height: 1)))
    #expect(try windows.show() == [0xFF0000, 0x0000FF, 0xFF0000])
  }

  @Test("a batch of damage is presented once, and a window without damage is not presented")
  func batch() throws {
    let windows = try SDLWindows.invisible()
    let surface = try Surface.plain(100, 1, red)
    try windows.sink.receive(.scanout(surface))
    _ = try windows.show()
    _ = try windows.show()
    let before = windows.presentations
    for x in 0..<UInt32(100) {
      let pixel = Rectangle(x: x, y: 0, width: 1, height: 1)
      surface.fill(pixel, with: green)
      try windows.sink.receive(.damage(pixel), .vsync(tick: UInt64(x)))
    }
    #expect(try windows.show() == [UInt32](repeating: 0x00FF00, count: 100))
    #expect(windows.presentations == before + 1)
    _ = try windows.show()
    #expect(windows.presentations == before + 1)
  }

  @Test("each scanout has a window of its own")
  func heads() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(1, 1, red)), on: 0)
    try windows.sink.receive(.scanout(.plain(2, 1, blue)), on: 3)
    #expect(try windows.show(0) == [0xFF0000])
    #expect(try windows.show(3) == [0x0000FF, 0x0000FF])
  }

  @Test(
    "after the renderer lost its textures the image comes back",
    arguments: [
      SDL_RENDER_TARGETS_RESET, SDL_RENDER_DEVICE_RESET,
    ])
  func reset(_ kind: SDL_EventType) throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(2, 1, green)))
    _ = try windows.show()
    let before = windows.presentations
    // Safe: a number is stored in a structure of numbers, which SDL copies.
    var event = unsafe SDL_Event()
    unsafe event.type = kind.rawValue
    unsafe SDL_PushEvent(&event)
    #expect(try windows.show() == [0x00FF00, 0x00FF00])
    #expect(windows.presentations == before + 1)
  }
}

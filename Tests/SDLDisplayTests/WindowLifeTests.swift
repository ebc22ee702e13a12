import CSDL2
import Display
import SDLDisplay
import Synchronization
import Testing

@Suite("The life of a window", .serialized, .timeLimit(.minutes(5)))
@SDLActor struct WindowLifeTests {
  private static func size(_ width: UInt32, _ height: UInt32) -> Size { Size(width: width, height: height) }

  @Test("no window opens before its scanout shows something")
  func lazy() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(nil), .cursorMoved(.zero))
    _ = try windows.show()
    #expect(windows.windowID(of: 0) == nil)
    try windows.sink.receive(.scanout(.plain(64, 48, red)))
    _ = try windows.show()
    #expect(windows.windowID(of: 0) != nil)
  }

  @Test("the title names the source, the scanout and its size")
  func title() throws {
    let windows = try SDLWindows.invisible("demo")
    try windows.sink.receive(.scanout(.plain(64, 48, red)), on: 2)
    _ = try windows.show()
    #expect(windows.looks(2).title == "demo: scanout 2, 64x48")
  }

  @Test("a title holds no control characters")
  func strangeTitle() throws {
    let windows = try SDLWindows.invisible("de\u{1b}]2;\n\u{7}mo")
    try windows.sink.receive(.scanout(.plain(64, 48, red)))
    _ = try windows.show()
    #expect(windows.looks().title == #"de\e]2;\n\u{7}mo: scanout 0, 64x48"#)
  }

  @Test("a window of a sink that joins late shows the current state")
  func late() throws {
    let source = DisplaySource()
    let surface = try Surface.plain(3, 1, red)
    try source.emit(.scanout(surface), on: 1, at: .zero)
    try source.emit(.damage(Rectangle(surface.size)), on: 1, at: .zero)
    try source.emit(.frame(1), on: 1, at: .zero)
    try source.emit(.cursor(CursorImage(surface: .plain(1, 1, green), hotSpot: .zero)), on: 1, at: .zero)
    try source.emit(.cursorMoved(Point(x: 2, y: 0)), on: 1, at: .zero)
    let windows = try SDLWindows.invisible()
    source.addLater(windows.sink, named: "window", policy: .optional)
    #expect(try windows.show(1) == [])
    try source.serve()
    #expect(try windows.show(1) == [0xFF0000, 0xFF0000, 0x00FF00])
  }

  @Test("a window follows the size of its guest")
  func follows() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(64, 48, red)))
    _ = try windows.show()
    #expect(windows.looks().size == Self.size(64, 48))
    try windows.sink.receive(.scanout(.plain(80, 60, green)))
    #expect(try windows.show() == [UInt32](repeating: 0x00FF00, count: 4800))
    #expect(windows.looks().size == Self.size(80, 60))
    #expect(windows.looks().title == "scanout 0, 80x60")
  }

  @Test("a window that its user resized keeps that size, and follows again once it has the guest's")
  func userSize() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(64, 48, red)))
    _ = try windows.show()
    windows.userResizes(to: Self.size(100, 100))
    try windows.sink.receive(.scanout(.plain(80, 60, green)))
    _ = try windows.show()
    #expect(windows.looks().size == Self.size(100, 100))
    windows.userResizes(to: Self.size(64, 48))
    try windows.sink.receive(.scanout(.plain(32, 32, green)))
    _ = try windows.show()
    #expect(windows.looks().size == Self.size(32, 32))
  }

  @Test("an image larger than the display gets a window that fits, with all of it")
  func large() throws {
    let windows = try SDLWindows.invisible()
    // SDL's dummy display has 1024 by 768 pixels.
    try windows.sink.receive(.scanout(.plain(4096, 2048, blue)))
    #expect(try windows.show() == [UInt32](repeating: 0x0000FF, count: 1024 * 512))
  }

  @Test("a scanout that is off leaves its window black, and comes back in it")
  func off() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(2, 1, red)))
    _ = try windows.show()
    let id = windows.windowID(of: 0)
    try windows.sink.receive(.scanout(nil))
    #expect(try windows.show() == [0, 0])
    #expect(windows.looks().title == "scanout 0, off")
    try windows.sink.receive(.scanout(.plain(2, 1, green)))
    #expect(try windows.show() == [0x00FF00, 0x00FF00])
    #expect(windows.windowID(of: 0) == id)
  }

  @Test("damage of a scanout that is off changes nothing")
  func damageWhileOff() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(2, 1, red)), .scanout(nil))
    try windows.sink.receive(.damage(Rectangle(x: 0, y: 0, width: 1, height: 1)))
    #expect(try windows.show() == [])
  }

  @Test("a closed window is reported and takes nothing any more, while the others go on")
  func close() throws {
    let windows = try SDLWindows.invisible()
    let closed = Mutex<[ScanoutID]>([])
    windows.onClose = { id in closed.withLock { $0.append(id) } }
    try windows.sink.receive(.scanout(.plain(1, 1, red)), on: 0)
    try windows.sink.receive(.scanout(.plain(1, 1, blue)), on: 1)
    _ = try windows.show()
    windows.inject(SDL_WINDOWEVENT_CLOSE, on: 0)
    // Its later events find no window, and are no trouble.
    windows.inject(SDL_WINDOWEVENT_EXPOSED, on: 0)
    _ = try windows.show()
    #expect(closed.withLock { $0 } == [0])
    try windows.sink.receive(.scanout(.plain(1, 1, green)), on: 0)
    try windows.sink.receive(.scanout(.plain(1, 1, green)), on: 1)
    #expect(try windows.show(0) == [])
    #expect(try windows.show(1) == [0x00FF00])
  }

  @Test("an event for a window of another program is ignored")
  func foreignWindow() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(1, 1, red)))
    _ = try windows.show()
    windows.inject(SDL_WINDOWEVENT_CLOSE, on: 7)
    #expect(try windows.show() == [0xFF0000])
  }
}

import Display
import SDLDisplay
import Testing

@Suite("The cursor in a window", .serialized)
@SDLActor struct WindowCursorTests {
  /// Two by two pixels: opaque white, half-transparent white; clear, opaque white.
  private nonisolated static func cursor(hotSpot: Point = .zero, isInFrame: Bool = false) throws -> CursorImage {
    let surface = try Surface.plain(2, 2, Color(red: 255, green: 255, blue: 255), .b8g8r8a8)
    surface.fill(
      Rectangle(x: 1, y: 0, width: 1, height: 1), with: Color(red: 128, green: 128, blue: 128, alpha: 128))
    surface.fill(Rectangle(x: 0, y: 1, width: 1, height: 1), with: Color(red: 0, green: 0, blue: 0, alpha: 0))
    return CursorImage(surface: surface, hotSpot: hotSpot, isInFrame: isInFrame)
  }

  private nonisolated static let (w, half, b) = (UInt32(0xFFFFFF), UInt32(0x8080FF), UInt32(0x0000FF))

  struct Example: Sendable {
    let position: Point
    var hotSpot = Point.zero
    let shown: [UInt32]
  }

  @Test(
    "it is blended over the image with its top left corner at its position, wherever its hot spot is, and clipped",
    arguments: [
      Example(position: Point(x: 0, y: 0), shown: [w, half, b, b, w, b, b, b, b]),
      Example(position: Point(x: 1, y: 1), shown: [b, b, b, b, w, half, b, b, w]),
      Example(position: Point(x: 2, y: 2), shown: [b, b, b, b, b, b, b, b, w]),
      Example(position: Point(x: 1, y: 0), hotSpot: Point(x: 1, y: 1), shown: [b, w, half, b, b, w, b, b, b]),
      Example(position: Point(x: 1, y: 0), hotSpot: Point(x: .min, y: .max), shown: [b, w, half, b, b, w, b, b, b]),
      Example(position: Point(x: -1, y: 0), shown: [half, b, b, w, b, b, b, b, b]),
      Example(position: Point(x: 0, y: -1), shown: [b, w, b, b, b, b, b, b, b]),
      Example(position: Point(x: 3, y: 0), shown: [b, b, b, b, b, b, b, b, b]),
      Example(position: Point(x: .max, y: .min), shown: [b, b, b, b, b, b, b, b, b]),
      Example(position: Point(x: .min, y: .max), hotSpot: Point(x: .max, y: .min), shown: [b, b, b, b, b, b, b, b, b]),
    ])
  func places(_ example: Example) throws {
    let windows = try SDLWindows.invisible()
    let cursor = try Self.cursor(hotSpot: example.hotSpot)
    try windows.sink.receive(.scanout(.plain(3, 3, blue)), .cursor(cursor), .cursorMoved(example.position))
    #expect(try windows.show() == example.shown)
  }

  @Test("where it was, the image comes back when it moves, hides or the image changes beneath it")
  func moves() throws {
    let windows = try SDLWindows.invisible()
    let (w, half, b) = (Self.w, Self.half, Self.b)
    let surface = try Surface.plain(4, 2, blue)
    try windows.sink.receive(.scanout(surface), .cursor(Self.cursor()))
    #expect(try windows.show() == [w, half, b, b, b, w, b, b])
    try windows.sink.receive(.cursorMoved(Point(x: 2, y: 0)))
    #expect(try windows.show() == [b, b, w, half, b, b, b, w])
    surface.fill(Rectangle(surface.size), with: .black)
    try windows.sink.receive(.damage(Rectangle(surface.size)))
    #expect(try windows.show() == [0, 0, w, 0x808080, 0, 0, 0, w])
    try windows.sink.receive(.cursor(nil))
    #expect(try windows.show() == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("a cursor that the frames show already is not drawn again")
  func inFrame() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(2, 2, blue)), .cursor(Self.cursor(isInFrame: true)))
    #expect(try windows.show() == [Self.b, Self.b, Self.b, Self.b])
  }

  @Test("a move is presented once, and a move of a hidden cursor never")
  func presentations() throws {
    let windows = try SDLWindows.invisible()
    try windows.sink.receive(.scanout(.plain(4, 4, blue)), .cursor(Self.cursor()))
    _ = try windows.show()
    let before = windows.presentations
    for x in 0..<Int32(4) { try windows.sink.receive(.cursorMoved(Point(x: x, y: 1))) }
    _ = try windows.show()
    #expect(windows.presentations == before + 1)
    try windows.sink.receive(.cursor(nil))
    _ = try windows.show()
    try windows.sink.receive(.cursorMoved(.zero))
    _ = try windows.show()
    #expect(windows.presentations == before + 2)
  }

  @Test("it scales with the image")
  func scales() throws {
    let windows = try SDLWindows.invisible()
    let white = try CursorImage(surface: .plain(1, 1, Color(red: 255, green: 255, blue: 255)), hotSpot: .zero)
    try windows.sink.receive(.scanout(.plain(2, 1, blue)), .cursor(white), .cursorMoved(Point(x: 1, y: 0)))
    _ = try windows.show()
    windows.userResizes(to: Size(width: 4, height: 2))
    #expect(try windows.show() == [Self.b, Self.b, Self.w, Self.w, Self.b, Self.b, Self.w, Self.w])
  }
}

import Display
import Testing

@Suite("Cursor images")
struct CursorImageTests {
  private static func image(hotSpot: Point) throws -> CursorImage {
    CursorImage(surface: try Surface(size: Size(width: 64, height: 64), format: .b8g8r8a8), hotSpot: hotSpot)
  }

  @Test(
    "the top left corner lies at the position, wherever the hot spot is",
    arguments: [
      Point.zero, Point(x: 10, y: 20), Point(x: -3, y: 90), Point(x: .min, y: .max), Point(x: .max, y: .min),
    ])
  func corner(hotSpot: Point) throws {
    let area = try Self.image(hotSpot: hotSpot).area(at: Point(x: 100, y: 100), on: Size(width: 640, height: 480))
    #expect(area == Rectangle(x: 100, y: 100, width: 64, height: 64))
  }

  @Test(
    "what lies outside of the surface is left out",
    arguments: [
      (Point(x: -60, y: -1), Rectangle(x: 0, y: 0, width: 4, height: 63)),
      (Point(x: 639, y: 470), Rectangle(x: 639, y: 470, width: 1, height: 10)),
      (Point(x: -64, y: 0), nil), (Point(x: 0, y: 480), nil), (Point(x: .min, y: .min), nil),
      (Point(x: .max, y: .max), nil),
    ] as [(Point, Rectangle?)])
  func clips(position: Point, area: Rectangle?) throws {
    #expect(try Self.image(hotSpot: .zero).area(at: position, on: Size(width: 640, height: 480)) == area)
  }
}

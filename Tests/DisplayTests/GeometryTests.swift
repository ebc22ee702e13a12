import Display
import Testing

@Suite("Rectangles")
struct GeometryTests {
  private static let all = Rectangle(x: 0, y: 0, width: .max, height: .max)

  @Test("an intersection is what both have, and nil when that is nothing")
  func intersection() {
    let one = Rectangle(x: 10, y: 10, width: 10, height: 10)
    #expect(
      one.intersection(Rectangle(x: 15, y: 5, width: 10, height: 10)) == Rectangle(x: 15, y: 10, width: 5, height: 5))
    #expect(one.intersection(Rectangle(x: 20, y: 10, width: 5, height: 5)) == nil)
    #expect(one.intersection(Rectangle(x: 12, y: 12, width: 0, height: 5)) == nil)
    #expect(one.intersection(Self.all) == one)
  }

  @Test("a union is around both, and an empty rectangle adds nothing")
  func union() {
    let one = Rectangle(x: 10, y: 10, width: 10, height: 10)
    #expect(one.union(Rectangle(x: 0, y: 30, width: 1, height: 1)) == Rectangle(x: 0, y: 10, width: 20, height: 21))
    #expect(one.union(Rectangle(x: 900, y: 900, width: 0, height: 9)) == one)
    #expect(Rectangle(x: 900, y: 900, width: 0, height: 9).union(one) == one)
  }

  @Test("the largest numbers wrap nowhere")
  func extremes() {
    let corner = Rectangle(x: .max, y: .max, width: .max, height: .max)
    #expect(!corner.isInside(Size(width: .max, height: .max)))
    #expect(corner.intersection(Self.all) == nil)
    #expect(corner.intersection(corner) == corner)
    #expect(corner.union(Self.all) == Self.all)
    #expect(Self.all.isInside(Size(width: .max, height: .max)))
    #expect(Size(width: .max, height: .max).area == 0xffff_fffe_0000_0001)
  }
}

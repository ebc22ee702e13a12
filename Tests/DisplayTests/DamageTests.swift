import Display
import Testing

@Suite("Damage")
struct DamageTests {
  private let small = Rectangle(x: 2, y: 2, width: 2, height: 2)
  private let large = Rectangle(x: 0, y: 0, width: 8, height: 8)
  private let far = Rectangle(x: 100, y: 100, width: 1, height: 1)

  @Test("rectangles that lie apart stay apart")
  func apart() {
    var damage = Damage()
    damage.add(small)
    damage.add(far)
    #expect(damage.rectangles == [small, far])
  }

  @Test("a rectangle inside another is not kept, whichever came first")
  func inside() {
    var damage = Damage()
    damage.add(small)
    damage.add(large)
    damage.add(small)
    #expect(damage.rectangles == [large])
  }

  @Test("an empty rectangle changes nothing")
  func empty() {
    var damage = Damage()
    damage.add(Rectangle(x: 5, y: 5, width: 0, height: 3))
    #expect(damage.isEmpty)
  }

  @Test("too many rectangles become the one around them")
  func many() {
    var damage = Damage()
    for index in 0...UInt32(Damage.maximumRectangles) {
      damage.add(Rectangle(x: index * 10, y: 7, width: 1, height: 1))
    }
    #expect(damage.rectangles == [Rectangle(x: 0, y: 7, width: UInt32(Damage.maximumRectangles) * 10 + 1, height: 1)])
  }

  @Test("taking leaves nothing behind")
  func take() {
    var damage = Damage()
    damage.add(small)
    #expect(damage.take().rectangles == [small])
    #expect(damage.isEmpty)
  }

  @Test("damage touches a rectangle if they share a pixel")
  func touches() {
    var damage = Damage()
    damage.add(small)
    #expect(damage.touches(Rectangle(x: 3, y: 3, width: 9, height: 9)))
    #expect(!damage.touches(Rectangle(x: 4, y: 4, width: 9, height: 9)))
  }
}

import Display
import Testing

@Suite("Surfaces")
struct SurfaceTests {
  private func pixel(_ surface: Surface, _ x: Int, _ y: Int) -> [UInt8] {
    // Safe: tests ask for pixels that are there.
    unsafe surface.withPixels { base in
      unsafe [UInt8](UnsafeRawBufferPointer(start: base + y * surface.stride + x * 4, count: 4))
    }
  }

  @Test("converting from each format to each other keeps the colours", arguments: PixelFormat.allCases)
  func conversion(format: PixelFormat) throws {
    let size = Size(width: 3, height: 2)
    let source = try Surface(size: size, format: format)
    source.fill(Rectangle(size), with: Color(red: 11, green: 22, blue: 33))
    for other in PixelFormat.allCases {
      let target = try Surface(size: size, format: other)
      target.copy(Rectangle(size), of: source, to: .zero)
      let plain = try Surface(size: size, format: .r8g8b8a8)
      plain.copy(Rectangle(size), of: target, to: .zero)
      #expect(pixel(plain, 2, 1) == [11, 22, 33, 255], "\(format) to \(other)")
    }
  }

  @Test("copying and drawing outside the edges is clipped and moves the rest along")
  func clipping() throws {
    let source = try Surface(size: Size(width: 4, height: 4), format: .b8g8r8x8)
    source.fill(Rectangle(x: 2, y: 2, width: 2, height: 2), with: Color(red: 1, green: 2, blue: 3))
    let target = try Surface(size: Size(width: 4, height: 4), format: .b8g8r8x8)
    target.copy(Rectangle(source.size), of: source, to: Point(x: -2, y: -2))
    #expect(pixel(target, 0, 0).prefix(3) == [3, 2, 1])
    #expect(pixel(target, 2, 2).prefix(3) == [0, 0, 0])
    target.copy(Rectangle(x: 2, y: 2, width: 900, height: 900), of: source, to: Point(x: 3, y: 3))
    #expect(pixel(target, 3, 3).prefix(3) == [3, 2, 1])
    for corner in [Point(x: .min, y: .max), Point(x: .max, y: .max), Point(x: .min, y: .min)] {
      target.copy(Rectangle(source.size), of: source, to: corner)
      target.draw(source, over: corner)
    }
    target.fill(Rectangle(x: .max, y: 0, width: .max, height: .max), with: .black)
    target.fill(Rectangle(x: 3, y: 3, width: .max, height: .max), with: Color(red: 9, green: 9, blue: 9))
    #expect(pixel(target, 3, 3).prefix(3) == [9, 9, 9])
  }

  @Test("premultiplied alpha lets what lies below shine through")
  func over() throws {
    let size = Size(width: 1, height: 1)
    let below = try Surface(size: size, format: .b8g8r8x8)
    below.fill(Rectangle(size), with: Color(red: 200, green: 100, blue: 0))
    let above = try Surface(size: size, format: .b8g8r8a8)
    above.fill(Rectangle(size), with: Color(red: 0, green: 0, blue: 128, alpha: 128))
    below.draw(above, over: .zero)
    #expect(pixel(below, 0, 0).prefix(3) == [128, 50, 100])
  }

  @Test("a part shares its parent's pixels and keeps them alive")
  func parts() throws {
    var parent: Surface? = try Surface(size: Size(width: 10, height: 10), format: .b8g8r8a8)
    let part = try Surface(
      Rectangle(x: 3, y: 4, width: 5, height: 5), of: #require(parent), as: .b8g8r8x8)
    parent?.fill(Rectangle(x: 3, y: 4, width: 1, height: 1), with: Color(red: 7, green: 7, blue: 7))
    parent = nil
    #expect(pixel(part, 0, 0).prefix(3) == [7, 7, 7])
  }

  @Test(
    "sizes that cannot be are refused",
    arguments: [
      Size(width: 0, height: 1), Size(width: 1, height: 0), Size(width: 32768, height: 1),
      Size(width: 1, height: 32768), Size(width: .max, height: .max),
    ])
  func impossible(size: Size) throws {
    #expect(throws: SurfaceError.self) { try Surface(size: size, format: .b8g8r8x8) }
    let parent = try Surface(size: Size(width: 8, height: 8), format: .b8g8r8x8)
    #expect(throws: SurfaceError.self) { try Surface(Rectangle(size), of: parent) }
    #expect(throws: SurfaceError.self) {
      try Surface(Rectangle(x: 8, y: 8, width: 1, height: 1), of: parent)
    }
  }
}

import Display
import Golden
import PNG
import Testing

@Suite("The image of a difference")
struct DiffImageTests {
  @Test("it is the expected image, dimmed, with red where pixels differ and yellow lines around")
  func marks() throws {
    let expected = try Image.plain(40, 40, Color(red: 200, green: 100, blue: 0))
    let actual = try expected.changed {
      $0.fill(Rectangle(x: 20, y: 20, width: 2, height: 2), with: Color(red: 201, green: 100, blue: 0))
    }
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    let image = try difference.draw(expected: expected, actual: actual)
    #expect(image.size == expected.size)
    #expect(image.pixel(0, 0) == 0xFF32_1900)
    #expect(image.pixel(20, 20) == 0xFFFF_2020)
    #expect(image.pixel(21, 21) == 0xFFFF_2020)
    #expect(image.pixel(22, 22) == 0xFF32_1900)
    for (x, y) in [(18, 18), (23, 18), (18, 23), (23, 23), (20, 18)] { #expect(image.pixel(x, y) == 0xFFFF_D000) }
    #expect(image.pixel(17, 17) == 0xFF32_1900)
  }

  @Test("lines end where the image does")
  func corner() throws {
    let expected = try Image.plain(4, 4)
    let actual = try expected.changed {
      $0.fill(Rectangle(x: 0, y: 0, width: 4, height: 4), with: Color(red: 9, green: 9, blue: 9))
    }
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    let image = try difference.draw(expected: expected, actual: actual)
    #expect(image.pixel(0, 0) == 0xFFFF_D000)
    #expect(image.pixel(1, 1) == 0xFFFF_2020)
  }

  @Test("what only one image has is purple")
  func sizes() throws {
    let (expected, actual) = (try Image.plain(60, 8), try Image.plain(8, 60))
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    let image = try difference.draw(expected: expected, actual: actual)
    #expect(image.size == Size(width: 60, height: 60))
    #expect(image.pixel(30, 4) == 0xFF70_00A0)
    #expect(image.pixel(4, 30) == 0xFF70_00A0)
    #expect(image.pixel(4, 4) == 0xFF00_0000)
    #expect(image.pixel(30, 30) == 0xFF00_0000)
  }
}

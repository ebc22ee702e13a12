import Display
import Golden
import PNG
import Testing

@Suite("The difference of two pictures")
struct PictureDifferenceTests {
  private static let white = Color(red: 255, green: 255, blue: 255)

  @Test("equal pictures have none")
  func equal() throws {
    #expect(try PictureDifference(expected: .noise(40, 30), actual: .noise(40, 30)) == nil)
  }

  @Test("an opaque picture equals one whose alpha is 255 everywhere")
  func kinds() throws {
    let opaque = try Picture.noise(20, 10)
    let alpha = try Picture(copying: opaque.surface, kind: .alpha)
    #expect(try PictureDifference(expected: opaque, actual: alpha) == nil)
  }

  @Test("it counts pixels, and names the box around them and how far each channel is off")
  func numbers() throws {
    let expected = try Picture.plain(100, 50, Color(red: 100, green: 100, blue: 100))
    let actual = try expected.changed {
      $0.fill(Rectangle(x: 10, y: 5, width: 2, height: 1), with: Color(red: 103, green: 100, blue: 90))
      $0.fill(Rectangle(x: 12, y: 7, width: 1, height: 1), with: Color(red: 98, green: 100, blue: 100))
    }
    let difference = try #require(try PictureDifference(expected: expected, actual: actual))
    #expect(difference.differingPixels == 3)
    #expect(difference.allPixels == 5000)
    #expect(difference.boundingBox == Rectangle(x: 10, y: 5, width: 3, height: 3))
    #expect(difference.red.description == "-2…+3")
    #expect(difference.green.description == "0")
    #expect(difference.blue.description == "-10")
    #expect(difference.smallestTolerance == 10)
    #expect(
      difference.lines == [
        "3 of 5000 pixels differ (0.06 %), in 3x3+10+5",
        "red -2…+3, green 0, blue -10; a tolerance of 10 in each channel would pass",
      ])
  }

  @Test("differences that lie apart are regions, the largest first")
  func regions() throws {
    let expected = try Picture.plain(200, 100)
    let small = Rectangle(x: 3, y: 90, width: 1, height: 1)
    let large = Rectangle(x: 100, y: 10, width: 60, height: 40)
    let actual = try expected.changed {
      $0.fill(small, with: Self.white)
      $0.fill(large, with: Self.white)
    }
    let difference = try #require(try PictureDifference(expected: expected, actual: actual))
    #expect(difference.regions == [large, small])
    #expect(difference.regionCount == 2)
    #expect(difference.lines.last { $0.contains("regions") }?.contains("in 2 regions inside 157x81+3+10") == true)
  }

  @Test("of very many regions only the largest are listed, and all are counted")
  func manyRegions() throws {
    let expected = try Picture.plain(320, 320)
    let actual = try expected.changed {
      for y in UInt32(0)..<5 {
        for x in UInt32(0)..<5 { $0.fill(Rectangle(x: x * 64, y: y * 64, width: 1, height: 1), with: Self.white) }
      }
    }
    let difference = try #require(try PictureDifference(expected: expected, actual: actual))
    #expect(difference.regionCount == 25)
    #expect(difference.regions.count == PictureDifference.mostRegions)
  }

  @Test(
    "a difference at an edge of the picture is found",
    arguments: [(0, 0), (16, 0), (0, 32), (16, 32), (15, 15), (16, 16)])
  func edges(x: UInt32, y: UInt32) throws {
    // 17 by 33 pixels: one more than whole segments.
    let expected = try Picture.plain(17, 33)
    let place = Rectangle(x: x, y: y, width: 1, height: 1)
    let actual = try expected.changed { $0.fill(place, with: Self.white) }
    let difference = try #require(try PictureDifference(expected: expected, actual: actual))
    #expect(difference.differingPixels == 1)
    #expect(difference.boundingBox == place)
  }

  @Test("pictures of one pixel are compared too")
  func tiny() throws {
    let difference = try #require(try PictureDifference(expected: .plain(1, 1), actual: .plain(1, 1, Self.white)))
    #expect(difference.share == 1)
    #expect(difference.diagnoses.contains(.plain(red: 255, green: 255, blue: 255)))
  }

  @Test("pictures of different size differ in what only one has, and in what both have")
  func sizes() throws {
    let expected = try Picture.noise(40, 30)
    let actual = try Picture(copying: Surface(Rectangle(x: 0, y: 0, width: 32, height: 30), of: expected.surface))
    let difference = try #require(try PictureDifference(expected: expected, actual: actual))
    #expect(difference.diagnoses == [.size(expected: expected.size, actual: actual.size)])
    #expect(difference.differingPixels == 8 * 30)
    #expect(difference.boundingBox == Rectangle(x: 32, y: 0, width: 8, height: 30))
    #expect(difference.smallestTolerance == nil)
    #expect(difference.lines.first == "the size is 32x30 instead of 40x30")
  }

  @Test("a wide and a high picture differ where they do not overlap")
  func crossed() throws {
    let difference = try #require(try PictureDifference(expected: .plain(8, 2), actual: .plain(2, 8)))
    #expect(difference.differingPixels == 12 + 12)
    #expect(difference.allPixels == 28)
    #expect(difference.boundingBox == Rectangle(x: 0, y: 0, width: 8, height: 8))
  }
}

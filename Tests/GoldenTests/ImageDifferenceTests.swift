import Display
import Golden
import PNG
import ScanoutTesting
import Testing

@Suite("The difference of two images")
struct ImageDifferenceTests {
  private static let white = Color(red: 255, green: 255, blue: 255)

  @Test("equal images have none")
  func equal() throws {
    #expect(try ImageDifference(expected: .noise(40, 30), actual: .noise(40, 30)) == nil)
  }

  @Test("an opaque image equals one whose alpha is 255 everywhere")
  func kinds() throws {
    let opaque = try Image.noise(20, 10)
    let alpha = try Image(copying: opaque.surface, kind: .alpha)
    #expect(try ImageDifference(expected: opaque, actual: alpha) == nil)
  }

  @Test("it counts pixels, and names the box around them and how far each channel is off")
  func numbers() throws {
    let expected = try Image.plain(100, 50, Color(red: 100, green: 100, blue: 100))
    let actual = try expected.changed {
      $0.fill(Rectangle(x: 10, y: 5, width: 2, height: 1), with: Color(red: 103, green: 100, blue: 90))
      $0.fill(Rectangle(x: 12, y: 7, width: 1, height: 1), with: Color(red: 98, green: 100, blue: 100))
    }
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    #expect(difference.differingPixels == 3)
    #expect(difference.allPixels == 5000)
    #expect(difference.boundingBox == Rectangle(x: 10, y: 5, width: 3, height: 3))
    #expect(difference.red.description == "-2…+3")
    #expect(difference.green.description == "0")
    #expect(difference.blue.description == "-10…0")
    #expect(difference.smallestTolerance == 10)
    #expect(
      difference.lines == [
        "3 of 5000 pixels differ (0.06 %), in 3x3+10+5",
        "red -2…+3, green 0, blue -10…0",
      ])
  }

  @Test("a channel that is off by the same amount everywhere has one number, any other the exact range")
  func ranges() throws {
    let expected = try Image.plain(8, 1, Color(red: 100, green: 100, blue: 100))
    let actual = try expected.changed {
      $0.fill(Rectangle(x: 1, y: 0, width: 1, height: 1), with: Color(red: 93, green: 103, blue: 101))
      $0.fill(Rectangle(x: 2, y: 0, width: 1, height: 1), with: Color(red: 100, green: 112, blue: 101))
    }
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    #expect(difference.lines.last == "red -7…0, green +3…+12, blue +1")
    #expect(difference.red.lowest == -7 && difference.red.highest == 0)
  }

  @Test("nearly all is not 100 %, and all is")
  func percent() throws {
    let expected = try Image.plain(200, 200)
    let nearly = try Image.plain(200, 200, Self.white).changed {
      $0.fill(Rectangle(x: 0, y: 0, width: 1, height: 1), with: .black)
    }
    let all = try Image.plain(200, 200, Self.white)
    for (actual, words) in [(nearly, "(99.99 %)"), (all, "(100.00 %)")] {
      let difference = try #require(try ImageDifference(expected: expected, actual: actual))
      #expect(difference.lines.contains { $0.contains(words) })
    }
  }

  /// Grey images of two pixels with 16 bits: 1000 and 2000, or 1001 and 2000.
  private static let deep: [[UInt8]] = [
    [
      137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 1, 16, 0, 0, 0, 0, 129, 217,
      252, 21, 0, 0, 0, 13, 73, 68, 65, 84, 120, 156, 99, 96, 126, 193, 126, 1, 0, 3, 167, 1, 195, 255, 150, 187, 186,
      0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ],
    [
      137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 1, 16, 0, 0, 0, 0, 129, 217,
      252, 21, 0, 0, 0, 13, 73, 68, 65, 84, 120, 156, 99, 96, 126, 201, 126, 1, 0, 3, 170, 1, 196, 186, 207, 166, 255,
      0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ],
  ]

  @Test("samples of 16 bits are compared in 16 bits, those of eight with them")
  func sixteenBits() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.deep[0], to: "a.png")
    try folder.write(Self.deep[1], to: "b.png")
    let (expected, actual) = try (
      PNGFile(path: "\(folder.path)/a.png").decode(), PNGFile(path: "\(folder.path)/b.png").decode()
    )
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    #expect(difference.bits == 16)
    #expect(difference.differingPixels == 1)
    #expect(difference.boundingBox == Rectangle(x: 0, y: 0, width: 1, height: 1))
    #expect(difference.lines.last == "red +1, green +1, blue +1, of 65535")
    let black = try Image.plain(2, 1)
    let other = try #require(try ImageDifference(expected: black, actual: expected))
    #expect(other.lines.last == "red +1000…+2000, green +1000…+2000, blue +1000…+2000, of 65535")
  }

  @Test("clear black differs from opaque black, in alpha")
  func clear() throws {
    let clear = try Image(size: Size(width: 3, height: 3), kind: .alpha)
    let difference = try #require(try ImageDifference(expected: .plain(3, 3), actual: clear))
    #expect(difference.differingPixels == 9)
    #expect(difference.lines.last == "red 0, green 0, blue 0, alpha -255")
  }

  /// Contents that make a search for a shift or for regions as long as it can be.
  private static let slowContents: [(String, @Sendable (UInt32, UInt32) -> (UInt32, UInt32))] = [
    (
      "a pixel and a bar",
      { x, y in y == 499 && x < 240 ? (0x204060, 0x604020) : (x | y == 0 ? 0xFEFEFE : 0xFFFFFF, 0xFFFFFF) }
    ),
    ("a chess board and its negative", { x, y in (x ^ y) & 1 == 0 ? (0, 0xFFFFFF) : (0xFFFFFF, 0) }),
    ("lone pixels, each a region", { x, y in x % 32 == 0 && y % 32 == 0 ? (0, 0xFFFFFF) : (0, 0) }),
    ("stripes of a period of 2 with one flaw", { x, y in (x == 250 && y == 499 ? 5 : x & 1, ~x & 1) }),
    ("stripes of a period of 64 with one flaw", { x, y in (x == 250 && y == 499 ? 777 : x & 63, (x &+ 1) & 63) }),
  ]

  @Test("a comparison ends, whatever the images show", arguments: slowContents)
  func slow(name: String, pixel: @Sendable (UInt32, UInt32) -> (UInt32, UInt32)) throws {
    let (width, height) = (UInt32(500), UInt32(500))
    let images = try [true, false].map { isExpected in
      var index: UInt32 = 0
      return try Image.plain(width, height).mapped { _ in
        defer { index += 1 }
        let words = pixel(index % width, index / width)
        return 0xFF00_0000 | (isExpected ? words.0 : words.1)
      }
    }
    let difference = try #require(try ImageDifference(expected: images[0], actual: images[1]))
    #expect(difference.differingPixels > 0)
  }

  @Test("differences that lie apart are regions, the largest first")
  func regions() throws {
    let expected = try Image.plain(200, 100)
    let small = Rectangle(x: 3, y: 90, width: 1, height: 1)
    let large = Rectangle(x: 100, y: 10, width: 60, height: 40)
    let actual = try expected.changed {
      $0.fill(small, with: Self.white)
      $0.fill(large, with: Self.white)
    }
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    #expect(difference.regions == [large, small])
    #expect(difference.regionCount == 2)
    #expect(difference.lines.last { $0.contains("regions") }?.contains("in 2 regions inside 157x81+3+10") == true)
  }

  @Test("of very many regions only the largest are listed, and all are counted")
  func manyRegions() throws {
    let expected = try Image.plain(320, 320)
    let actual = try expected.changed {
      for y in UInt32(0)..<5 {
        for x in UInt32(0)..<5 { $0.fill(Rectangle(x: x * 64, y: y * 64, width: 1, height: 1), with: Self.white) }
      }
    }
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    #expect(difference.regionCount == 25)
    #expect(difference.regions.count == ImageDifference.maximumRegions)
  }

  @Test(
    "a difference at an edge of the image is found",
    arguments: [(0, 0), (16, 0), (0, 32), (16, 32), (15, 15), (16, 16)])
  func edges(x: UInt32, y: UInt32) throws {
    // 17 by 33 pixels: one more than whole segments.
    let expected = try Image.plain(17, 33)
    let place = Rectangle(x: x, y: y, width: 1, height: 1)
    let actual = try expected.changed { $0.fill(place, with: Self.white) }
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    #expect(difference.differingPixels == 1)
    #expect(difference.boundingBox == place)
  }

  @Test("images of one pixel are compared too")
  func tiny() throws {
    let difference = try #require(try ImageDifference(expected: .plain(1, 1), actual: .plain(1, 1, Self.white)))
    #expect(difference.share == 1)
    #expect(difference.diagnoses.contains(.plain(red: 255, green: 255, blue: 255)))
  }

  @Test("images of different size differ in what only one has, and in what both have")
  func sizes() throws {
    let expected = try Image.noise(40, 30)
    let actual = try Image(copying: Surface(Rectangle(x: 0, y: 0, width: 32, height: 30), of: expected.surface))
    let difference = try #require(try ImageDifference(expected: expected, actual: actual))
    #expect(difference.diagnoses == [.size(expected: expected.size, actual: actual.size)])
    #expect(difference.differingPixels == 8 * 30)
    #expect(difference.boundingBox == Rectangle(x: 32, y: 0, width: 8, height: 30))
    #expect(difference.smallestTolerance == nil)
    #expect(difference.lines.first == "the size is 32x30 instead of 40x30")
  }

  @Test("a wide and a high image differ where they do not overlap")
  func crossed() throws {
    let difference = try #require(try ImageDifference(expected: .plain(8, 2), actual: .plain(2, 8)))
    #expect(difference.differingPixels == 12 + 12)
    #expect(difference.allPixels == 28)
    #expect(difference.boundingBox == Rectangle(x: 0, y: 0, width: 8, height: 8))
  }
}

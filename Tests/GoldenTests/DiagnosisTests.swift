import Display
import Frames
import Golden
import PNG
import Testing

@Suite("What may have happened to an image")
struct DiagnosisTests {
  private func diagnoses(_ expected: Image, _ actual: Image) throws -> [Diagnosis] {
    try #require(try ImageDifference(expected: expected, actual: actual)).diagnoses
  }

  @Test("red and blue changed places")
  func swapped() throws {
    let image = try Image.noise(64, 48)
    let actual = try image.mapped { $0 & 0xFF00_FF00 | $0 >> 16 & 255 | ($0 & 255) << 16 }
    #expect(try diagnoses(image, actual) == [.redBlueSwapped])
  }

  @Test("the rows are in reverse order", arguments: [48, 49])
  func upsideDown(height: UInt32) throws {
    let image = try Image.noise(64, height)
    let actual = try Image.plain(64, height).changed { surface in
      for y in 0..<height {
        surface.copy(
          Rectangle(x: 0, y: y, width: 64, height: 1), of: image.surface, to: Point(x: 0, y: Int32(height - 1 - y)))
      }
    }
    #expect(try diagnoses(image, actual) == [.upsideDown])
  }

  @Test("all of it moved", arguments: [(3, 0), (0, -1), (-7, 5), (16, 16), (-20, -16)])
  func shifted(x: Int, y: Int) throws {
    let image = try Image.noise(80, 64)
    let actual = try image.moved(x: Int32(x), y: Int32(y))
    // What came in at the edges may be anything, and is not named.
    let box = Rectangle(
      x: UInt32(max(0, x)), y: UInt32(max(0, y)), width: UInt32(80 - abs(x)), height: UInt32(64 - abs(y)))
    #expect(try diagnoses(image, actual) == [.shifted(x: x, y: y, within: box)])
  }

  @Test("a part of it moved: a terminal that scrolled, and has a new line at its end")
  func scrolled() throws {
    let content = try Image.noise(40, 40)
    let expected = try Image.noise(100, 60, seed: 7).changed {
      $0.copy(Rectangle(content.size), of: content.surface, to: Point(x: 20, y: 10))
    }
    let scrolled = try content.moved(x: 0, y: -8)
    let actual = try expected.changed {
      $0.copy(Rectangle(scrolled.size), of: scrolled.surface, to: Point(x: 20, y: 10))
    }
    let moved = Rectangle(x: 20, y: 10, width: 40, height: 32)
    #expect(try diagnoses(expected, actual) == [.shifted(x: 0, y: -8, within: moved)])
  }

  @Test("an object moved on a plain background, which shows where it was")
  func movedObject() throws {
    let object = try Image.noise(12, 12)
    func scene(_ x: Int32, _ y: Int32) throws -> Image {
      try Image.plain(100, 80, Color(red: 9, green: 9, blue: 9)).changed {
        $0.copy(Rectangle(object.size), of: object.surface, to: Point(x: x, y: y))
      }
    }
    let box = Rectangle(x: 30, y: 20, width: 15, height: 16)
    #expect(try diagnoses(scene(30, 20), scene(33, 24)) == [.shifted(x: 3, y: 4, within: box)])
  }

  @Test("missing damage is not reported as a shift, though one of its rows equals the next")
  func staleDamage() throws {
    let lines = try (1...3).map { try Image.noise(60, 16, seed: $0) }
    func scene(_ shown: [Image]) throws -> Image {
      try Image.noise(100, 80, seed: 77).changed { surface in
        for (index, line) in shown.enumerated() {
          surface.copy(Rectangle(line.size), of: line.surface, to: Point(x: 20, y: 16 + 16 * Int32(index)))
        }
      }
    }
    // Expected are the lines 2 and 3; the actual image still has 1 and 2.
    #expect(try diagnoses(scene([lines[1], lines[2]]), scene([lines[0], lines[1]])) == [])
  }

  @Test("a plain box beside another one of its colour is not reported as a shift")
  func plainPatch() throws {
    let white = Color(red: 255, green: 255, blue: 255)
    let expected = try Image.noise(100, 80).changed {
      $0.fill(Rectangle(x: 10, y: 10, width: 40, height: 40), with: white)
    }
    let actual = try expected.changed { $0.fill(Rectangle(x: 50, y: 20, width: 10, height: 10), with: white) }
    #expect(try diagnoses(expected, actual) == [])
  }

  @Test("what fits in all but one pixel is not named")
  func nearly() throws {
    let image = try Image.noise(80, 64)
    func oneChanged(_ image: Image) throws -> Image {
      try image.changed { $0.fill(Rectangle(x: 41, y: 37, width: 1, height: 1), with: .black) }
    }
    #expect(try diagnoses(image, oneChanged(image.moved(x: 3, y: 0))) == [])
    let swapped = try image.mapped { $0 & 0xFF00_FF00 | $0 >> 16 & 255 | ($0 & 255) << 16 }
    #expect(try diagnoses(image, oneChanged(swapped)) == [])
  }

  @Test("a new pixel on an empty image is not reported as a shift, however much of the rest would fit")
  func noShift() throws {
    let image = try Image.plain(64, 64)
    let actual = try image.changed {
      $0.fill(Rectangle(x: 0, y: 63, width: 64, height: 1), with: Color(red: 255, green: 0, blue: 0))
      $0.fill(Rectangle(x: 0, y: 40, width: 1, height: 1), with: Color(red: 255, green: 0, blue: 0))
    }
    let isShifted = try diagnoses(image, actual).contains { if case .shifted = $0 { true } else { false } }
    #expect(!isShifted)
  }

  @Test("nothing was drawn")
  func plain() throws {
    let image = try Image.noise(64, 48)
    #expect(try diagnoses(image, .plain(64, 48)) == [.plain(red: 0, green: 0, blue: 0)])
  }

  @Test(
    "only one channel differs",
    arguments: [(Channel.red, 0xFF00_0000), (.green, 0x00FF_0000), (.blue, 0x0000_FF00)] as [(Channel, UInt32)])
  func oneChannel(channel: Channel, mask: UInt32) throws {
    let image = try Image.noise(64, 48)
    let actual = try image.mapped { $0 ^ (mask >> 8 & 0x0040_4040) }
    #expect(try diagnoses(image, actual) == [.oneChannel(channel)])
  }

  @Test("only alpha differs")
  func alpha() throws {
    let image = try Image(copying: Image.noise(16, 16).surface, kind: .alpha)
    let actual = try image.mapped { $0 & 0x7FFF_FFFF }
    let difference = try #require(try ImageDifference(expected: image, actual: actual))
    #expect(difference.diagnoses == [.oneChannel(.alpha)])
    #expect(difference.lines.last?.contains("alpha -128") == true)
  }

  @Test("nothing is off by more than rounding")
  func rounding() throws {
    let image = try Image.plain(64, 48, Color(red: 100, green: 100, blue: 100))
    let actual = try image.mapped { $0 + 0x0001_0001 }
    let difference = try #require(try ImageDifference(expected: image, actual: actual))
    #expect(difference.diagnoses.contains(.rounding))
    #expect(difference.smallestTolerance == 1)
  }

  @Test("what nothing simple explains has no diagnosis")
  func unexplained() throws {
    #expect(try diagnoses(.noise(64, 48), .noise(64, 48, seed: 2)) == [])
  }

  @Test(
    "every diagnosis is a sentence",
    arguments: [
      (.size(expected: Size(width: 1, height: 2), actual: Size(width: 3, height: 4)), "the size is 3x4 instead of 1x2"),
      (.plain(red: 1, green: 2, blue: 3), "every pixel has the same colour: red 1, green 2, blue 3"),
      (.redBlueSwapped, "red and blue are swapped"),
      (.upsideDown, "the image is upside down"),
      (
        .shifted(x: 3, y: -2, within: Rectangle(x: 1, y: 1, width: 9, height: 9)),
        "the content of 9x9+1+1 moved 3 pixels right and 2 up"
      ),
      (
        .shifted(x: 0, y: 1, within: Rectangle(x: 1, y: 1, width: 9, height: 9)),
        "the content of 9x9+1+1 moved 1 pixel down"
      ),
      (.oneChannel(.green), "only the green channel differs"),
      (.rounding, "no value is off by more than 1, as by rounding"),
      (.otherGolden(FrameName(scanout: 0, number: 41)), "the image is the golden of 0-000041"),
    ] as [(Diagnosis, String)])
  func words(diagnosis: Diagnosis, words: String) {
    #expect(diagnosis.description == words)
  }
}

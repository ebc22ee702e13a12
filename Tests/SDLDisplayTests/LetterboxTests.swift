import Display
import SDLDisplay
import Testing

@Suite("Letterbox")
struct LetterboxTests {
  struct LetterboxCase: Sendable {
    let image: (UInt32, UInt32)
    let window: (UInt32, UInt32)
    let frame: (UInt32, UInt32, UInt32, UInt32)
    var isShrunk = false
  }

  @Test(
    "an image is as large as fits, in its own proportions, in the middle",
    arguments: [
      LetterboxCase(image: (640, 480), window: (640, 480), frame: (0, 0, 640, 480)),
      LetterboxCase(image: (640, 480), window: (1280, 960), frame: (0, 0, 1280, 960)),
      LetterboxCase(image: (640, 480), window: (1280, 480), frame: (320, 0, 640, 480)),
      LetterboxCase(image: (640, 480), window: (640, 960), frame: (0, 240, 640, 480)),
      LetterboxCase(image: (640, 480), window: (641, 480), frame: (0, 0, 640, 480)),
      LetterboxCase(image: (640, 480), window: (320, 240), frame: (0, 0, 320, 240), isShrunk: true),
      LetterboxCase(image: (1920, 1080), window: (1000, 1000), frame: (0, 218, 1000, 563), isShrunk: true),
      LetterboxCase(image: (4, 2), window: (5, 5), frame: (0, 1, 5, 3)),
      LetterboxCase(image: (1, 1), window: (3, 2), frame: (0, 0, 2, 2)),
      LetterboxCase(image: (32767, 1), window: (100, 100), frame: (0, 49, 100, 1), isShrunk: true),
      LetterboxCase(image: (1, 32767), window: (100, 100), frame: (49, 0, 1, 100), isShrunk: true),
      LetterboxCase(image: (32767, 32767), window: (.max, .max), frame: (0, 0, .max, .max)),
      LetterboxCase(image: (32767, 32767), window: (1, .max), frame: (0, 0x7FFF_FFFF, 1, 1), isShrunk: true),
    ])
  func fits(_ example: LetterboxCase) {
    let box = Letterbox(
      Size(width: example.image.0, height: example.image.1),
      in: Size(width: example.window.0, height: example.window.1))
    let (x, y, width, height) = example.frame
    #expect(box.frame == Rectangle(x: x, y: y, width: width, height: height))
    #expect(box.isShrunk == example.isShrunk)
  }

  @Test("a new window has the image's size, or what of it the display holds")
  func windowSize() {
    let display = Size(width: 1920, height: 1080)
    func size(_ width: UInt32, _ height: UInt32) -> Size {
      Letterbox.windowSize(for: Size(width: width, height: height), on: display)
    }
    #expect(size(640, 480) == Size(width: 640, height: 480))
    #expect(size(1920, 1080) == display)
    #expect(size(3840, 2160) == display)
    #expect(size(1600, 1200) == Size(width: 1440, height: 1080))
    #expect(size(32767, 1) == Size(width: 1920, height: 1))
  }
}

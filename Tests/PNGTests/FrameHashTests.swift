import Display
import PNG
import Testing

@Suite("a frame hash")
struct FrameHashTests {
  @Test(
    "is XXH3-128 over size, kind and canonical pixels, as another program computed it",
    arguments: [
      (Image.Kind.opaque, "573c1a064c0493fe88bc220c6c2d6098"), (.alpha, "b5b3b581e9cdbe8584995aaed061ad5b"),
    ])
  func value(kind: Image.Kind, text: String) throws {
    let surface = try Surface(size: Size(width: 2, height: 1), format: .b8g8r8a8)
    // Safe: eight bytes for a surface of two pixels.
    unsafe surface.withPixels { unsafe $0.copyMemory(from: [3, 2, 1, 255, 0, 128, 255, 77] as [UInt8], byteCount: 8) }
    #expect(FrameHash(of: try Image(copying: surface, kind: kind)).description == text)
  }

  @Test("does not depend on the format that the pixels came in", arguments: PixelFormat.allCases)
  func formats(format: PixelFormat) throws {
    let photo = try Samples.photo(Size(width: 33, height: 9))
    let surface = try Surface(size: photo.size, format: format)
    surface.copy(Rectangle(photo.size), of: photo.surface, to: .zero)
    #expect(FrameHash(of: try Image(copying: surface)) == FrameHash(of: photo))
  }

  @Test("does not see the bytes of a surface that mean nothing", arguments: [PixelFormat.b8g8r8x8, .b8g8r8a8])
  func unusedByte(format: PixelFormat) throws {
    let hashes = try [0, 128, 255].map { (alpha: UInt8) in
      let surface = try Surface(size: Size(width: 5, height: 3), format: format)
      // Safe: sixty bytes for a surface of fifteen pixels.
      unsafe surface.withPixels {
        let pixels: [[UInt8]] = Array(repeating: [7, 8, 9, alpha], count: 15)
        unsafe $0.copyMemory(from: Array(pixels.joined()), byteCount: 60)
      }
      return FrameHash(of: try Image(copying: surface))
    }
    #expect(Set(hashes).count == 1)
  }

  @Test("tells sizes apart, and clear black from opaque black")
  func sizeAndKind() throws {
    let hashes = try [(4, 1), (1, 4), (2, 2)].flatMap { (width: UInt32, height: UInt32) in
      try Image.Kind.allCases.map { kind in
        let image = try Image(size: Size(width: width, height: height), kind: kind)
        return FrameHash(of: image)
      }
    }
    #expect(Set(hashes).count == 6)
  }

  @Test("has a text form of 32 lower-case digits, and no other is read")
  func text() throws {
    let text = "00000000000000000fedcba987654321"
    #expect(FrameHash(text)?.description == text)
    for wrong in [
      "", "0", text + "0", text.uppercased(), String(text.dropLast()) + "g", "+" + text.dropFirst(),
      String(text.dropLast(2)) + "é",
    ] {
      #expect(FrameHash(wrong) == nil, "\(wrong)")
    }
  }
}

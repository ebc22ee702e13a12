import Display
import PNG
import Testing

@Suite("the encoder")
struct PNGEncoderTests {
  @Test("gives the same bytes for the same image, whatever it encoded before")
  func deterministic() throws {
    let image = try Samples.photo(Size(width: 301, height: 200))
    let hash = FrameHash(of: image)
    let first = PNGEncoder().encode(image, hash: hash)
    let used = PNGEncoder()
    for size in [Size(width: 700, height: 500), Size(width: 3, height: 1)] {
      let other = try Samples.photo(size, kind: .alpha)
      _ = used.encode(other, hash: FrameHash(of: other))
    }
    #expect(used.encode(image, hash: hash) == first)
    #expect(used.encode(image, hash: hash) == first)
  }

  @Test("gives the same bytes wherever in memory it is")
  func places() throws {
    // A typical cursor image. It has few repetitions, so a match more or less changes the size.
    let surface = try Surface(size: Size(width: 8, height: 8), format: .r8g8b8a8)
    surface.fill(Rectangle(surface.size), with: Color(red: 60, green: 0, blue: 0, alpha: 128))
    surface.fill(Rectangle(x: 2, y: 2, width: 4, height: 4), with: Color(red: 10, green: 180, blue: 60))
    let image = try Image(copying: surface, kind: .alpha)
    let hash = FrameHash(of: image)
    // All are kept, so that each is in another place.
    let encoders = (0..<500).map { _ in PNGEncoder() }
    #expect(Set(encoders.map { $0.encode(image, hash: hash) }).count == 1)
  }

  @Test("writes signature, header, hash, data and end")
  func chunks() throws {
    let image = try Samples.photo(Size(width: 640, height: 400))
    let bytes = PNGEncoder().encode(image, hash: FrameHash(of: image))
    #expect(bytes.starts(with: PNGBuilder.signature))
    var names: [String] = []
    var offset = 8
    while offset + 12 <= bytes.count {
      let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
      names.append(String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self))
      #expect(length <= 1 << 16)
      offset += 12 + length
    }
    #expect(offset == bytes.count)
    #expect(names.prefix(3) == ["IHDR", "soHS", "IDAT"])
    #expect(names.last == "IEND")
    #expect(Set(names.dropFirst(2).dropLast()) == ["IDAT"])
    #expect(Array(bytes[16..<29]) == [0, 0, 2, 128, 0, 0, 1, 144, 8, 2, 0, 0, 0])
  }

  @Test("keeps a large image of one colour small")
  func flat() throws {
    let image = try Image(size: Size(width: 1920, height: 1080))
    let bytes = PNGEncoder().encode(image, hash: FrameHash(of: image))
    #expect(bytes.count < 40_000)
  }

  @Test("writes values of a cursor image that premultiplication does not allow")
  func strangeAlpha() throws {
    let surface = try Surface(size: Size(width: 2, height: 1), format: .b8g8r8a8)
    // Safe: eight bytes for a surface of two pixels.
    unsafe surface.withPixels { unsafe $0.copyMemory(from: [255, 255, 255, 0, 9, 8, 7, 1] as [UInt8], byteCount: 8) }
    let image = try Image(copying: surface, kind: .alpha)
    let path = try Samples.write(PNGEncoder().encode(image, hash: FrameHash(of: image)))
    defer { Samples.remove(path) }
    #expect(try PNGFile(path: path).decode().hasSamePixels(as: image))
  }
}

import Display
import Foundation
import PNG
import Testing

@Suite("an image written and read again")
struct RoundTripTests {
  @Test(
    "comes back pixel for pixel", arguments: Image.Kind.allCases,
    [Size(width: 1, height: 1), Size(width: 37, height: 41), Size(width: 640, height: 480)])
  func samePixels(kind: Image.Kind, size: Size) throws {
    let image = try Samples.photo(size, kind: kind)
    let hash = FrameHash(of: image)
    let path = try Samples.write(PNGEncoder().encode(image, hash: hash))
    defer { Samples.remove(path) }
    let file = try PNGFile(path: path)
    #expect(file.size == size)
    #expect(file.hash == hash)
    let decoded = try file.decode()
    #expect(decoded.kind == kind)
    #expect(decoded.hasSamePixels(as: image))
    #expect(FrameHash(of: decoded) == hash)
  }
}

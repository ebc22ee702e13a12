import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU
import Virtqueue

@Suite("Images of OpenGL", .serialized)
@VirglActor
struct VirglImageTests {
  let size = Size(width: 64, height: 48)

  @Test("a cleared texture is read back", arguments: [true, false])
  func clear(isTopFirst: Bool) throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    try renderer.makeTexture(5, size, isTopFirst: isTopFirst, for: 1)
    try renderer.submit(VirglStream.clear(5, format: 1, red: 1, green: 0.5, blue: 0).bytes, in: 1)
    let surface = try Surface(size: size, format: .b8g8r8a8)
    try renderer.read(Rectangle(size), of: 5, into: surface)
    #expect(Set(surface.words) == [0xFFFF_8000])
  }

  @Test(
    "every pixel format that virglrenderer has is read back in its own order",
    arguments: PixelFormat.allCases.filter { $0 != .x8b8g8r8 })
  func formats(format: PixelFormat) throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    try renderer.makeTexture(5, size, format, for: 1)
    try renderer.submit(VirglStream.clear(5, format: format.wire, red: 1, green: 0.2, blue: 0).bytes, in: 1)
    let surface = try Surface(size: size, format: format)
    try renderer.read(Rectangle(size), of: 5, into: surface)
    let seen = try Surface(size: size, format: .b8g8r8x8)
    seen.copy(Rectangle(size), of: surface, to: .zero)
    #expect(Set(seen.words.map { $0 & 0xFFFFFF }) == [0xFF3300])
  }

  @Test("the first row of the guest is the top row", arguments: [true, false])
  func orientation(isTopFirst: Bool) throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    try renderer.makeTexture(5, size, isTopFirst: isTopFirst, for: 1)
    var stream = VirglStream.clear(5, format: 1, red: 0, green: 0, blue: 0)
    stream.write([0xFF11_1111, 0xFF22_2222], to: Box(x: 3, y: 1, width: 2), of: 5)
    try renderer.submit(stream.bytes, in: 1)
    let surface = try Surface(size: size, format: .b8g8r8a8)
    try renderer.read(Rectangle(size), of: 5, into: surface)
    #expect(
      surface.dots(on: 0xFF00_0000) == [Dot(x: 3, y: 1, word: 0xFF11_1111), Dot(x: 4, y: 1, word: 0xFF22_2222)])
  }

  @Test("a part is read to its own place, and nothing around it changes", arguments: [true, false])
  func part(isTopFirst: Bool) throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    try renderer.makeTexture(5, size, isTopFirst: isTopFirst, for: 1)
    let words = (0..<UInt32(size.area)).map { 0xFF00_0000 | $0 }
    var stream = VirglStream()
    stream.write(words, to: Box(width: 64, height: 48), of: 5)
    try renderer.submit(stream.bytes, in: 1)
    // A surface inside another one, whose rows are longer.
    let frame = try Surface(size: Size(width: 100, height: 60), format: .b8g8r8a8)
    let surface = try Surface(Rectangle(x: 10, y: 7, width: 64, height: 48), of: frame)
    let part = Rectangle(x: 5, y: 40, width: 3, height: 8)
    try renderer.read(part, of: 5, into: surface)
    let expected = (40..<48).flatMap { y in (5..<8).map { x in Dot(x: x + 10, y: y + 7, word: words[y * 64 + x]) } }
    #expect(frame.dots(on: 0) == expected)
  }

  @Test("pixels are transferred from scattered memory entries, read back, and transferred to other entries")
  func transfers() throws {
    let renderer = try VirglRenderer.quiet()
    let ram = try GuestRAM(count: 1 << 20)
    let pages = try ram.scatteredPages(3)
    try renderer.makeTexture(5, size)
    try renderer.setBacking(pages, of: 5)
    let words = (0..<UInt32(size.area)).map { 0xFF00_0000 | ($0 * 77) }
    pages.fill(words)
    let all = Box(width: 64, height: 48)
    try renderer.transfer(Transfer3D(box: all, resourceID: 5), .toHost, in: 0)
    let surface = try Surface(size: size, format: .b8g8r8a8)
    try renderer.read(Rectangle(size), of: 5, into: surface)
    let isSame = surface.words == words
    #expect(isSame)

    let others = try ram.scatteredPages(3)
    try renderer.setBacking(others, of: 5)
    try renderer.transfer(Transfer3D(box: all, resourceID: 5), .fromHost, in: 0)
    let isSameAgain = others.bytes == pages.bytes
    #expect(isSameAgain)
  }

  @Test("the offset of a transfer is that of its first texel in the backing")
  func offset() throws {
    let renderer = try VirglRenderer.quiet()
    let pages = try GuestRAM(count: 1 << 20).scatteredPages(3)
    try renderer.makeTexture(5, size)
    try renderer.setBacking(pages, of: 5)
    let words = (0..<UInt32(size.area)).map { 0xFF00_0000 | $0 }
    pages.fill(words)
    let box = Box(x: 2, y: 30, width: 4, height: 2)
    try renderer.transfer(
      Transfer3D(box: box, offset: 30 * 256 + 2 * 4, resourceID: 5, stride: 256), .toHost, in: 0)
    let surface = try Surface(size: size, format: .b8g8r8a8)
    let part = Rectangle(x: 2, y: 30, width: 4, height: 2)
    try renderer.read(part, of: 5, into: surface)
    for y in 30..<32 { for x in 2..<6 { #expect(surface.words[y * 64 + x] == words[y * 64 + x]) } }
  }

  @Test("a transfer needs backing, and a context that exists")
  func copyWithout() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeTexture(5, size)
    let copy = Transfer3D(box: Box(width: 1), resourceID: 5)
    #expect(renderer.kind { try $0.transfer(copy, .toHost, in: 0) } == .invalid)
    let pages = try GuestRAM(count: 1 << 20).scatteredPages(3)
    try renderer.setBacking(pages, of: 5)
    #expect(renderer.kind { try $0.transfer(copy, .toHost, in: 0) } == nil)
    #expect(renderer.kind { try $0.transfer(copy, .toHost, in: 9) } == .invalid)
    try renderer.setBacking(nil, of: 5)
    #expect(renderer.kind { try $0.transfer(copy, .fromHost, in: 0) } == .invalid)
    try renderer.setBacking(nil, of: 5)
  }

  @Test("backing of 4 GiB and more is refused, and the earlier backing stays")
  func tooManyPages() throws {
    let renderer = try VirglRenderer.quiet()
    let ram = try GuestRAM(count: 1 << 30)
    let pages = try ram.scatteredPages(3)
    try renderer.makeTexture(5, size)
    try renderer.setBacking(pages, of: 5)
    let whole = try ram.memory.range(at: GuestRAM.guestBase, count: 1 << 30)
    #expect(renderer.kind { try $0.setBacking([whole, whole, whole, whole], of: 5) } == .invalid)
    try renderer.transfer(Transfer3D(box: Box(width: 64, height: 48), resourceID: 5), .toHost, in: 0)
  }

  @Test("only flat textures with the size and format of the surface are read")
  func unreadable() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeTexture(5, size)
    try renderer.create(
      ResourceCreate3D(resourceID: 6, target: 0, format: 64, bind: Bind.vertexBuffer, width: 64 * 48 * 4, height: 1))
    try renderer.create(
      ResourceCreate3D(
        resourceID: 7, target: 3, format: 1, bind: Bind.samplerView, width: 64, height: 48, depth: 4))
    let surface = try Surface(size: size, format: .b8g8r8a8)
    let smaller = try Surface(size: Size(width: 63, height: 48), format: .b8g8r8a8)
    let other = try Surface(size: size, format: .r8g8b8a8)
    let all = Rectangle(size)
    #expect(renderer.kind { try $0.read(all, of: 6, into: surface) } == .failed)
    #expect(renderer.kind { try $0.read(all, of: 7, into: surface) } == .failed)
    #expect(renderer.kind { try $0.read(all, of: 8, into: surface) } == .invalid)
    #expect(renderer.kind { try $0.read(Rectangle(smaller.size), of: 5, into: smaller) } == .invalid)
    #expect(renderer.kind { try $0.read(all, of: 5, into: other) } == .invalid)
    #expect(
      renderer.kind { try $0.read(Rectangle(x: 1, y: 0, width: 64, height: 48), of: 5, into: surface) } == .invalid)
    #expect(renderer.kind { try $0.read(Rectangle(x: 0, y: 0, width: 0, height: 0), of: 5, into: surface) } == nil)
  }

  @Test("a part of one texture is copied to another")
  func copyRegion() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    try renderer.makeTexture(5, size, for: 1)
    try renderer.makeTexture(6, size, for: 1)
    var stream = VirglStream.clear(5, format: 1, red: 0, green: 0, blue: 1)
    stream.write([0xFF11_1111], to: Box(x: 4, y: 5, width: 1), of: 5)
    try renderer.submit(stream.bytes, in: 1)
    stream = .clear(6, format: 1, red: 0, green: 0, blue: 0)
    stream.copy(Box(x: 4, y: 5, width: 2, height: 1), of: 5, to: 6, x: 10, y: 2)
    try renderer.submit(stream.bytes, in: 1)
    let surface = try Surface(size: size, format: .b8g8r8a8)
    try renderer.read(Rectangle(size), of: 6, into: surface)
    #expect(
      surface.dots(on: 0xFF00_0000) == [Dot(x: 10, y: 2, word: 0xFF11_1111), Dot(x: 11, y: 2, word: 0xFF00_00FF)])
  }
}

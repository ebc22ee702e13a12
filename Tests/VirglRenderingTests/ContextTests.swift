import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU

@Suite("Contexts of OpenGL", .serialized)
@VirglActor
struct ContextTests {
  @Test("ids that exist already, do not exist or are 0 are refused, and change nothing")
  func ids() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    try renderer.makeTexture(5, Size(width: 8, height: 8), for: 1)
    #expect(renderer.kind { try $0.makeContext(1) } == .invalid)
    #expect(renderer.kind { try $0.makeContext(0) } == .invalid)
    #expect(renderer.kind { try $0.createContext(2, capset: 4, name: "venus") } == .invalid)
    #expect(renderer.kind { try $0.createContext(2, capset: 77, name: "") } == .invalid)
    #expect(renderer.kind { try $0.makeTexture(5, Size(width: 9, height: 9)) } == .invalid)
    #expect(renderer.kind { try $0.makeTexture(0, Size(width: 9, height: 9)) } == .invalid)
    #expect(renderer.kind { try $0.attach(6, to: 1) } == .invalid)
    #expect(renderer.kind { try $0.attach(5, to: 2) } == .invalid)
    #expect(renderer.kind { try $0.submit([], in: 2) } == .invalid)
    #expect(renderer.kind { try $0.setBacking([], of: 6) } == .invalid)
    #expect(renderer.kind { _ = try $0.share(5) } == .invalid)
    renderer.detach(6, from: 1)
    renderer.detach(5, from: 2)
    renderer.destroy(6)
    renderer.destroyContext(2)
    try renderer.submit(VirglStream.clear(5, format: 1, red: 1, green: 1, blue: 1).bytes, in: 1)
    let surface = try Surface(size: Size(width: 8, height: 8), format: .b8g8r8a8)
    try renderer.read(Rectangle(surface.size), of: 5, into: surface)
    #expect(surface.dots(on: 0xFFFF_FFFF).isEmpty)
  }

  @Test("a context without a capability set is one of OpenGL")
  func noCapset() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.createContext(
      1, capset: 0, name: "an older guest, whose name has more than sixty-three bytes in all of it")
    try renderer.createContext(2, capset: 1, name: "")
    try renderer.submit([], in: 1)
    try renderer.submit([], in: 2)
  }

  @Test("commands whose size is not a multiple of 4 are refused")
  func words() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    #expect(renderer.kind { try $0.submit([0, 0, 0], in: 1) } == .invalid)
  }

  @Test("junk is refused, and the next context works")
  func junk() throws {
    let renderer = try VirglRenderer.quiet()
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for round in UInt32(1)...300 {
      try renderer.makeContext()
      try renderer.makeTexture(5, Size(width: 16, height: 16), for: 1)
      var stream = VirglStream.clear(5, format: 1, red: 0, green: 0, blue: 0)
      for _ in 0..<8 {
        let words = (0..<UInt32(state >> 60)).map { _ in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          // Small words are ids and counts that mean something.
          return UInt32(truncatingIfNeeded: state >> 33) >> (round % 32)
        }
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        stream.command(UInt8(state >> 58), object: UInt8((state >> 50) & 15), words)
      }
      _ = renderer.kind { try $0.submit(stream.bytes, in: 1) }
      renderer.destroyContext(1)
      renderer.destroy(5)
    }
    try renderer.makeContext()
    try renderer.makeTexture(5, Size(width: 8, height: 8), for: 1)
    try renderer.submit(VirglStream.clear(5, format: 1, red: 1, green: 1, blue: 1).bytes, in: 1)
    let surface = try Surface(size: Size(width: 8, height: 8), format: .b8g8r8a8)
    try renderer.read(Rectangle(surface.size), of: 5, into: surface)
    #expect(surface.dots(on: 0xFFFF_FFFF).isEmpty)
  }

  @Test("a thousand contexts can exist at once")
  func thousand() throws {
    let renderer = try VirglRenderer.quiet()
    for id in UInt32(1)...1000 { try renderer.makeContext(id) }
    try renderer.makeTexture(5, Size(width: 8, height: 8), for: 1000)
    try renderer.submit(VirglStream.clear(5, format: 1, red: 1, green: 1, blue: 1).bytes, in: 1000)
    let fence = RendererFence(timeline: .ring(context: 1000, index: 0), number: 7)
    try renderer.mark(fence)
    #expect(try renderer.waitForFences(1) == [fence])
  }

  @Test("the number of sub-contexts is limited, and destroyed ones do not count")
  func subContexts() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    func change(_ number: UInt8, _ ids: Range<UInt32>) -> [UInt8] {
      var stream = VirglStream()
      for id in ids { stream.command(number, [id]) }
      return stream.bytes
    }
    #expect(renderer.kind { try $0.submit(change(29, 1..<258), in: 1) } == .outOfMemory)
    for _ in 1...2 {
      try renderer.submit(change(29, 1..<9), in: 1)
      #expect(renderer.kind { try $0.submit(change(29, 9..<258), in: 1) } == .outOfMemory)
      try renderer.submit(change(30, 1..<9), in: 1)
    }
    // Commands that fail end nothing.
    try renderer.submit(change(29, 1..<9), in: 1)
    _ = renderer.kind { try $0.submit([200, 0, 0, 0] + change(30, 1..<9), in: 1) }
    #expect(renderer.kind { try $0.submit(change(29, 9..<258), in: 1) } == .outOfMemory)
    // All contexts share what there may be.
    try renderer.makeContext(2)
    #expect(renderer.kind { try $0.submit(change(29, 1..<250), in: 2) } == .outOfMemory)
    try renderer.submit(change(29, 1..<9), in: 2)
  }

  @Test("a reset destroys everything, and the renderer works after it")
  func reset() throws {
    let renderer = try VirglRenderer.quiet()
    let ram = try GuestRAM(count: 1 << 20)
    for _ in 1...3 {
      try renderer.makeContext(1)
      try renderer.makeContext(2)
      try renderer.makeTexture(5, Size(width: 8, height: 8), for: 1, 2)
      try renderer.setBacking(ram.scatteredPages(1), of: 5)
      try renderer.submit(VirglStream.clear(5, format: 1, red: 1, green: 1, blue: 1).bytes, in: 2)
      try renderer.transfer(Transfer3D(box: Box(width: 8, height: 8), resourceID: 5), .fromHost, in: 0)
      try renderer.mark(RendererFence(timeline: .ring(context: 2, index: 0), number: 1))
      #expect(try renderer.waitForFences(1).count == 1)
      renderer.reset()
    }
  }
}

import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU

@Suite("Blobs of OpenGL", .serialized)
@VirglActor
struct VirglBlobTests {
  /// A renderer with context 1, whose object 77 is a buffer, and object 78 a texture of 64x48.
  private func renderer(bufferSize: UInt32 = 65536) throws -> VirglRenderer {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    var stream = VirglStream()
    stream.createObject(
      77,
      like: ResourceCreate3D(
        resourceID: 0, target: 0, format: 64, bind: Bind.vertexBuffer, width: bufferSize, height: 1))
    stream.createObject(
      78, like: ResourceCreate3D(resourceID: 0, format: 1, bind: Bind.renderTarget, width: 64, height: 48))
    try renderer.submit(stream.bytes, in: 1)
    return renderer
  }

  private func blob(
    _ object: UInt64, _ size: UInt64, _ memory: BlobMemory = .host3D, id: UInt32 = 5
  ) -> RendererBlob {
    RendererBlob(resourceID: id, context: 1, memory: memory, flags: [], blobID: object, size: size)
  }

  @Test("transfers copy between a buffer and its backing", arguments: [BlobMemory.host3D, .host3DGuest])
  func buffer(memory: BlobMemory) throws {
    let renderer = try renderer()
    let ram = try GuestRAM(count: 1 << 20)
    try renderer.create(blob(77, 65536, memory))
    let pages = try ram.scatteredPages(16)
    try renderer.setBacking(pages, of: 5)
    pages.fill((0..<16384).map { $0 &* 0x9E37_79B1 })
    let all = Transfer3D(box: Box(width: 65536), resourceID: 5)
    try renderer.transfer(all, .toHost, in: 0)
    let others = try ram.scatteredPages(16)
    try renderer.setBacking(others, of: 5)
    try renderer.transfer(all, .fromHost, in: 0)
    let isSame = others.bytes == pages.bytes
    #expect(isSame)
  }

  @Test("a texture of a context is drawn on, and read back")
  func texture() throws {
    let renderer = try renderer()
    try renderer.create(blob(78, 64 * 48 * 4))
    try renderer.attach(5, to: 1)
    try renderer.submit(VirglStream.clear(5, format: 1, red: 0, green: 1, blue: 0).bytes, in: 1)
    let surface = try Surface(size: Size(width: 64, height: 48), format: .b8g8r8a8)
    try renderer.read(Rectangle(surface.size), of: 5, into: surface)
    #expect(surface.dots(on: 0xFF00_FF00).isEmpty)
  }

  @Test("a texture is read with alpha or without", arguments: [.b8g8r8a8, .b8g8r8x8] as [PixelFormat])
  func alpha(format: PixelFormat) throws {
    let renderer = try renderer()
    try renderer.create(blob(78, 64 * 48 * 4))
    try renderer.attach(5, to: 1)
    try renderer.submit(VirglStream.clear(5, format: 1, red: 0, green: 1, blue: 0).bytes, in: 1)
    let surface = try Surface(size: Size(width: 64, height: 48), format: format)
    try renderer.read(Rectangle(surface.size), of: 5, into: surface)
    #expect(surface.dots(on: 0xFF00_FF00).isEmpty)
  }

  @Test("a texture with layers cannot be read")
  func layers() throws {
    let renderer = try renderer()
    var stream = VirglStream()
    stream.createObject(
      79,
      like: ResourceCreate3D(
        resourceID: 0, target: 7, format: 1, bind: Bind.samplerView, width: 64, height: 48, arraySize: 2))
    try renderer.submit(stream.bytes, in: 1)
    try renderer.create(blob(79, 64 * 48 * 4))
    let surface = try Surface(size: Size(width: 64, height: 48), format: .b8g8r8a8)
    #expect(renderer.kind { try $0.read(Rectangle(surface.size), of: 5, into: surface) } == .failed)
  }

  @Test("objects without a blob count as memory until their context ends")
  func unclaimed() throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(memory: 1 << 20))
    func objects(_ numbers: ClosedRange<UInt32>) -> [UInt8] {
      var stream = VirglStream()
      for number in numbers {
        stream.createObject(
          number, like: ResourceCreate3D(resourceID: 0, format: 1, bind: Bind.renderTarget, width: 256, height: 256))
      }
      return stream.bytes
    }
    for _ in 1...3 {
      try renderer.makeContext()
      try renderer.submit(objects(1...3), in: 1)
      #expect(renderer.kind { try $0.submit(objects(4...5), in: 1) } == .outOfMemory)
      // The blob takes over what its object counts, however little it claims.
      try renderer.create(blob(2, 4096))
      #expect(renderer.kind { try $0.submit(objects(4...5), in: 1) } == .outOfMemory)
      renderer.destroyContext(1)
      renderer.destroy(5)
    }
    try renderer.makeTexture(6, Size(width: 512, height: 512))
  }

  @Test("an object id is used once, also when virglrenderer did not create the first")
  func twice() throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(memory: 2 << 20))
    func object(_ width: UInt32) -> [UInt8] {
      var stream = VirglStream()
      stream.createObject(
        7,
        like: ResourceCreate3D(resourceID: 0, target: 0, format: 64, bind: Bind.vertexBuffer, width: width, height: 1))
      return stream.bytes
    }
    try renderer.makeContext()
    // The library stops at a command that it does not know.
    _ = renderer.kind { try $0.submit([200, 0, 0, 0] + object(64), in: 1) }
    #expect(renderer.kind { try $0.submit(object(1 << 20), in: 1) } == .invalid)
    #expect(renderer.kind { try $0.submit(object(64) + object(64), in: 1) } == .invalid)
    renderer.destroyContext(1)
    try renderer.makeContext()
    try renderer.submit(object(1 << 20), in: 1)
    try renderer.create(blob(7, 4096))
    // It may be made again when a blob has it, and all of it counts.
    #expect(renderer.kind { try $0.submit(object(1 << 21), in: 1) } == .outOfMemory)
    try renderer.submit(object(1 << 19), in: 1)
  }

  @Test("the number of objects without a blob is limited, in all contexts together")
  func tooMany() throws {
    let renderer = try VirglRenderer.quiet()
    func objects(_ count: UInt32) -> [UInt8] {
      var stream = VirglStream()
      for number in 1...count {
        stream.createObject(
          number,
          like: ResourceCreate3D(resourceID: 0, target: 0, format: 64, bind: Bind.vertexBuffer, width: 64, height: 1))
      }
      return stream.bytes
    }
    for id in UInt32(1)...2 { try renderer.makeContext(id) }
    try renderer.submit(objects(4000), in: 1)
    #expect(renderer.kind { try $0.submit(objects(97), in: 2) } == .outOfMemory)
    try renderer.submit(objects(96), in: 2)
    renderer.destroyContext(1)
    try renderer.makeContext(3)
    try renderer.submit(objects(4000), in: 3)
  }

  @Test("a texture counts with all its levels, and with the widest texels that it may have")
  func levels() throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(memory: 1 << 20))
    func object(_ format: UInt32, lastLevel: UInt32 = 0) -> [UInt8] {
      var stream = VirglStream()
      stream.createObject(
        7,
        like: ResourceCreate3D(
          resourceID: 0, format: format, bind: Bind.samplerView, width: 512, height: 512, lastLevel: lastLevel))
      return stream.bytes
    }
    try renderer.makeContext()
    #expect(renderer.kind { try $0.submit(object(1, lastLevel: 9), in: 1) } == .outOfMemory)
    #expect(renderer.kind { try $0.submit(object(31), in: 1) } == .outOfMemory)
    try renderer.submit(object(1), in: 1)
  }

  @Test("objects that cannot be made count only until their context ends")
  func impossible() throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(memory: 1 << 20))
    var stream = VirglStream()
    stream.createObject(
      1, like: ResourceCreate3D(resourceID: 0, target: 9, format: 1, bind: 2, width: 512, height: 512))
    try renderer.makeContext()
    _ = renderer.kind { try $0.submit(stream.bytes, in: 1) }
    renderer.destroyContext(1)
    try renderer.makeTexture(6, Size(width: 512, height: 512))
    renderer.destroy(6)
    var tooLarge = VirglStream()
    for _ in 0..<2 {
      tooLarge.createObject(
        1, like: ResourceCreate3D(resourceID: 0, format: 1, bind: 2, width: .max, height: .max, depth: .max))
    }
    try renderer.makeContext()
    #expect(renderer.kind { try $0.submit(tooLarge.bytes, in: 1) } == .outOfMemory)
  }

  @Test("a texture may have a format that no display shows", arguments: [31, 64, 67, 91] as [UInt32])
  func formats(format: UInt32) throws {
    let renderer = try renderer()
    var stream = VirglStream()
    stream.createObject(
      79, like: ResourceCreate3D(resourceID: 0, format: format, bind: Bind.samplerView, width: 64, height: 48))
    try renderer.submit(stream.bytes, in: 1)
    try renderer.create(blob(79, 64 * 48 * 16))
    let surface = try Surface(size: Size(width: 64, height: 48), format: .b8g8r8a8)
    #expect(renderer.kind { try $0.read(Rectangle(surface.size), of: 5, into: surface) } == .invalid)
  }

  @Test("a texture is drawn on, and its context copies it to the backing")
  func shadow() throws {
    let renderer = try renderer()
    let pages = try GuestRAM(count: 1 << 20).scatteredPages(3)
    try renderer.create(blob(78, 64 * 48 * 4, .host3DGuest))
    try renderer.attach(5, to: 1)
    try renderer.setBacking(pages, of: 5)
    try renderer.submit(VirglStream.clear(5, format: 1, red: 0, green: 1, blue: 1).bytes, in: 1)
    try renderer.transfer(Transfer3D(box: Box(width: 64, height: 48), resourceID: 5), .fromHost, in: 1)
    #expect(Array(pages.bytes.prefix(8)) == [255, 255, 0, 255, 255, 255, 0, 255])
  }

  @Test("a blob larger than its object is refused, but for the rest of a page")
  func sizes() throws {
    let renderer = try renderer(bufferSize: 5000)
    #expect(renderer.kind { try $0.create(blob(77, 8193)) } == .invalid)
    // What was refused leaves no resource behind, and the object is used up.
    #expect(renderer.kind { try $0.create(blob(77, 8192)) } == .invalid)
    var again = VirglStream()
    again.createObject(
      79, like: ResourceCreate3D(resourceID: 0, target: 0, format: 64, bind: Bind.vertexBuffer, width: 5000, height: 1))
    try renderer.submit(again.bytes, in: 1)
    try renderer.create(blob(79, 8192))
  }

  @Test("unknown objects and contexts, empty blobs and ids that exist already are refused")
  func refused() throws {
    let renderer = try renderer()
    #expect(renderer.kind { try $0.create(blob(76, 4096)) } == .invalid)
    #expect(renderer.kind { try $0.create(blob(77 | 1 << 32, 4096)) } == .invalid)
    #expect(renderer.kind { try $0.create(blob(77, 0)) } == .invalid)
    #expect(renderer.kind { try $0.create(blob(77, 4096, .guest)) } == .invalid)
    #expect(renderer.kind { try $0.create(blob(77, 4096, id: 0)) } == .invalid)
    var other = blob(77, 4096)
    other.context = 2
    #expect(renderer.kind { try $0.create(other) } == .invalid)
    try renderer.create(blob(77, 4096))
    #expect(renderer.kind { try $0.create(blob(78, 4096)) } == .invalid, "resource 5 is there")
    #expect(renderer.kind { try $0.create(blob(77, 4096, id: 6)) } == .invalid, "an object makes one blob")
  }

  @Test("memory that the graphics driver does not export cannot be shared", arguments: [77, 78] as [UInt64])
  func share(object: UInt64) throws {
    let renderer = try renderer()
    try renderer.create(blob(object, 4096))
    #expect(renderer.kind { _ = try $0.share(5) } == .failed)
  }
}

@Suite("Vulkan for guests", .serialized)
@VirglActor
struct VenusTests {
  private func renderer(_ contexts: UInt32...) throws -> VirglRenderer {
    let renderer = try VirglRenderer.quiet(VirglOptions(venus: true))
    for context in contexts { try renderer.createContext(context, capset: 4, name: "test") }
    return renderer
  }

  private func blob(_ size: UInt64, object: UInt64 = 0) -> RendererBlob {
    RendererBlob(
      resourceID: 5, context: 1, memory: .host3D, flags: .mappable, blobID: object, size: size)
  }

  @Test("memory of a context is a file that can be mapped, twice the same")
  func share() throws {
    let renderer = try renderer(1)
    try renderer.create(blob(16384))
    let (first, second) = (try renderer.share(5), try renderer.share(5))
    #expect(first.count == 16384)
    #expect(first.caching == .cached)
    #expect(try first.file.status().size >= 16384)
    let memory = try MappedMemory(first.file, offset: 0, count: 16384)
    let other = try MappedMemory(second.file, offset: 0, count: 16384)
    // Safe: the places lie inside the mappings.
    unsafe memory.withBytes { unsafe $0.storeBytes(of: 0x1234_5678, toByteOffset: 12_000, as: UInt32.self) }
    #expect(unsafe other.withBytes { unsafe $0.load(fromByteOffset: 12_000, as: UInt32.self) } == 0x1234_5678)
    renderer.destroy(5)
    #expect(unsafe memory.withBytes { unsafe $0.load(fromByteOffset: 12_000, as: UInt32.self) } == 0x1234_5678)
  }

  @Test("fences of contexts of both kinds are reached, and make one descriptor readable")
  func fences() throws {
    let renderer = try renderer(1, 2)
    try renderer.makeContext(3)
    let fences = [
      RendererFence(timeline: .ring(context: 1, index: 0), number: 1 << 40),
      RendererFence(timeline: .ring(context: 2, index: 0), number: 8),
      RendererFence(timeline: .ring(context: 3, index: 0), number: 9),
      RendererFence(timeline: .global, number: 10),
    ]
    for fence in fences {
      try renderer.mark(fence)
      #expect(try renderer.waitForFences(1) == [fence])
    }
    for fence in fences { try renderer.mark(RendererFence(timeline: fence.timeline, number: fence.number + 1)) }
    #expect(Set(try renderer.waitForFences(4).map(\.timeline)) == Set(fences.map(\.timeline)))
  }

  @Test("a context that fails does not end the others")
  func failure() throws {
    let renderer = try renderer(1, 2)
    // No ring 5 has been bound, and the context ends.
    try? renderer.mark(RendererFence(timeline: .ring(context: 1, index: 5), number: 1))
    #expect(try renderer.waitForFences(1).isEmpty)
    #expect(renderer.kind { try $0.submit([1, 2, 3, 4], in: 1) } == .failed)
    renderer.destroyContext(1)
    let fence = RendererFence(timeline: .ring(context: 2, index: 0), number: 1)
    try renderer.mark(fence)
    #expect(try renderer.waitForFences(1) == [fence])
    try renderer.createContext(1, capset: 4, name: "again")
    try renderer.create(blob(4096))
    #expect(try renderer.share(5).count == 4096)
  }

  @Test("random commands are refused or end the context, and the renderer works after a reset")
  func junk() throws {
    let renderer = try renderer()
    for junk in [[UInt8](repeating: 0xFF, count: 64), [UInt8](repeating: 0, count: 4096), [1, 0, 0, 0], [UInt8]()] {
      try renderer.createContext(1, capset: 4, name: "test")
      _ = renderer.kind { try $0.submit(junk, in: 1) }
      _ = renderer.kind { try $0.create(blob(4096)) }
      renderer.reset()
    }
    try renderer.createContext(1, capset: 4, name: "test")
    #expect(renderer.kind { try $0.create(blob(4096, object: 99)) } != nil, "there is no object 99")
  }
}

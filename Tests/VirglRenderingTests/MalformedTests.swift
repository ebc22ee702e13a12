import Display
import GuestDriver
import ScanoutTesting
import Testing
import VirglRendering
import VirtioGPU

@Suite("Malformed input of virglrenderer", .serialized)
@VirglActor
struct MalformedTests {
  /// Numbers at the edges of what fields can hold.
  private static let edges: [UInt32] = [
    0, 1, 2, 15, 16, 31, 32, 255, 256, 2048, 16384, 16385, 65535, 65536, 1 << 30, 1 << 31, .max - 1, .max,
  ]

  private nonisolated static func texture(_ change: (inout ResourceCreate3D) -> Void) -> ResourceCreate3D {
    var texture = ResourceCreate3D(
      resourceID: 5, format: 1, bind: Bind.renderTarget | Bind.samplerView, width: 64, height: 48)
    change(&texture)
    return texture
  }

  /// Draws, and reads what was drawn: the renderer is all there.
  private func expectToWork(_ renderer: VirglRenderer) throws {
    let size = Size(width: 8, height: 8)
    try renderer.makeContext(900)
    try renderer.makeTexture(901, size, for: 900)
    try renderer.submit(VirglStream.clear(901, format: 1, red: 1, green: 1, blue: 1).bytes, in: 900)
    let surface = try Surface(size: size, format: .b8g8r8a8)
    try renderer.read(Rectangle(size), of: 901, into: surface)
    #expect(surface.dots(on: 0xFFFF_FFFF).isEmpty)
    renderer.destroyContext(900)
    renderer.destroy(901)
  }

  @Test(
    "an invalid texture is refused",
    arguments: [
      texture { $0.width = 0 }, texture { $0.height = 0 }, texture { $0.depth = 0 }, texture { $0.depth = 2 },
      texture { $0.width = 16385 }, texture { $0.height = 16385 }, texture { $0.width = .max },
      texture { $0.height = 1 << 31 }, texture { $0.target = 9 }, texture { $0.target = .max },
      texture { $0.format = 0 }, texture { $0.format = 68 }, texture { $0.format = 0xFFFF },
      texture { $0.format = .max }, texture { $0.lastLevel = 32 }, texture { $0.lastLevel = .max },
      texture { $0.flags = 0xFFFF_FFFF }, texture { $0.arraySize = 1 << 31 },
    ])
  func creations(texture: ResourceCreate3D) throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(memory: .max))
    #expect(renderer.kind { try $0.create(texture) } == .invalid)
    try renderer.makeTexture(5, Size(width: 8, height: 8))
  }

  @Test("the memory of resources is limited, and is free again when they are destroyed")
  func memory() throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(memory: 1 << 20))
    let buffer = ResourceCreate3D(
      resourceID: 5, target: 0, format: 64, bind: Bind.vertexBuffer, width: (1 << 20) + 1, height: 1)
    #expect(renderer.kind { try $0.create(buffer) } == .outOfMemory)
    #expect(renderer.kind { try $0.makeTexture(5, Size(width: 512, height: 513)) } == .outOfMemory)
    for _ in 1...3 {
      try renderer.makeTexture(5, Size(width: 512, height: 512))
      #expect(renderer.kind { try $0.makeTexture(6, Size(width: 1, height: 1)) } == .outOfMemory)
      renderer.reset()
    }
    let layers = Self.texture {
      $0.target = 7
      $0.arraySize = .max
      $0.sampleCount = .max
    }
    #expect(renderer.kind { try $0.create(layers) } == .outOfMemory)
  }

  @Test("no fields of a resource crash the renderer")
  func allCreations() throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(memory: 1 << 28))
    let fields: [(inout ResourceCreate3D, UInt32) -> Void] = [
      { $0.width = $1 }, { $0.height = $1 }, { $0.depth = $1 }, { $0.arraySize = $1 }, { $0.lastLevel = $1 },
      { $0.sampleCount = $1 }, { $0.flags = $1 }, { $0.bind = $1 }, { $0.format = $1 },
    ]
    for target in UInt32(0)...9 {
      for field in fields {
        for edge in Self.edges {
          let texture = Self.texture {
            $0.target = target
            field(&$0, edge)
          }
          _ = renderer.kind { try $0.create(texture) }
          renderer.destroy(5)
        }
      }
    }
    for format in UInt32(0)...512 {
      for bind in [Bind.renderTarget, Bind.samplerView, 1, Bind.scanout | Bind.renderTarget] {
        let texture = Self.texture {
          $0.format = format
          $0.bind = bind
        }
        _ = renderer.kind { try $0.create(texture) }
        renderer.destroy(5)
      }
    }
    try expectToWork(renderer)
  }

  @Test("a copy outside its resource is refused, and no other crashes")
  func transfers() throws {
    let renderer = try VirglRenderer.quiet()
    let ram = try GuestRAM(count: 1 << 20)
    try renderer.makeContext()
    try renderer.makeTexture(5, Size(width: 64, height: 48), for: 1)
    try renderer.setBacking(ram.scatteredPages(3), of: 5)
    try renderer.create(
      ResourceCreate3D(resourceID: 6, target: 0, format: 64, bind: Bind.vertexBuffer, width: 12288, height: 1))
    try renderer.attach(6, to: 1)
    try renderer.setBacking(ram.scatteredPages(3), of: 6)
    let fields: [(inout Transfer3D, UInt32) -> Void] = [
      { $0.box.x = $1 }, { $0.box.y = $1 }, { $0.box.z = $1 }, { $0.box.width = $1 }, { $0.box.height = $1 },
      { $0.box.depth = $1 }, { $0.offset = UInt64($1) }, { $0.offset = UInt64($1) << 32 }, { $0.level = $1 },
      { $0.stride = $1 }, { $0.layerStride = $1 },
    ]
    for (resource, box) in [(UInt32(5), Box(width: 64, height: 48)), (6, Box(width: 12288))] {
      for context in [UInt32(0), 1] {
        for first in fields {
          for second in fields {
            for edge in Self.edges {
              var copy = Transfer3D(box: box, resourceID: resource)
              first(&copy, edge)
              second(&copy, .max - edge)
              for direction in [TransferDirection.toHost, .fromHost] {
                let kind = renderer.kind { try $0.transfer(copy, direction, in: context) }
                if !copy.box.isInside(box) || copy.level > 0 { #expect(kind == .invalid, "\(copy)") }
              }
            }
          }
        }
      }
    }
    try expectToWork(renderer)
  }

  @Test(
    "a copy whose numbers virglrenderer reads as negative is refused, with the whole command stream",
    arguments: [UInt8(9), 43, 45], [1, 5, 6, 7, 8, 9, 10])
  func copiesInStreams(command: UInt8, field: Int) throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    try renderer.makeTexture(5, Size(width: 64, height: 48), for: 1)
    try renderer.setBacking(GuestRAM(count: 1 << 20).scatteredPages(3), of: 5)
    var words: [UInt32] = [5, 0, 0, 0, 0, 0, 0, 0, 4, 4, 1, 0, 1, 0]
    words[field] = 1 << 31
    var stream = VirglStream()
    stream.command(0, [1, 2, 3])
    stream.command(command, words)
    #expect(renderer.kind { try $0.submit(stream.bytes, in: 1) } == .invalid)
    for end in stride(from: 0, to: stream.bytes.count - 4, by: 4) {
      _ = renderer.kind { try $0.submit(Array(stream.bytes.prefix(end)), in: 1) }
    }
    try expectToWork(renderer)
  }

  @Test("an image of a shader with an unknown format is refused", arguments: [3, 8])
  func images(field: Int) throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeContext()
    var words: [UInt32] = [0, 0, 67, 0, 0, 0, 0, 67, 0, 0, 0, 0]
    words[field - 1] = 0x2125_16B6
    var stream = VirglStream()
    stream.command(35, words)
    #expect(renderer.kind { try $0.submit(stream.bytes, in: 1) } == .invalid)
    try expectToWork(renderer)
  }

  @Test("a copy past the end of the backing is refused")
  func shortBacking() throws {
    let renderer = try VirglRenderer.quiet()
    try renderer.makeTexture(5, Size(width: 64, height: 48))
    try renderer.setBacking(GuestRAM(count: 1 << 20).scatteredPages(1), of: 5)
    for direction in [TransferDirection.toHost, .fromHost] {
      let fits = Transfer3D(box: Box(width: 64, height: 16), resourceID: 5)
      #expect(renderer.kind { try $0.transfer(fits, direction, in: 0) } == nil)
      let tooMany = Transfer3D(box: Box(width: 64, height: 17), resourceID: 5)
      #expect(renderer.kind { try $0.transfer(tooMany, direction, in: 0) } == .invalid)
      let tooLate = Transfer3D(box: Box(width: 64, height: 16), offset: 4, resourceID: 5)
      #expect(renderer.kind { try $0.transfer(tooLate, direction, in: 0) } == .invalid)
      let tooWide = Transfer3D(box: Box(width: 64, height: 16), resourceID: 5, stride: 260)
      #expect(renderer.kind { try $0.transfer(tooWide, direction, in: 0) } == .invalid)
    }
  }

  @Test("no fields of a blob crash the renderer", arguments: [false, true])
  func blobs(venus: Bool) throws {
    let renderer = try VirglRenderer.quiet(VirglOptions(venus: venus))
    try renderer.createContext(1, capset: venus ? 4 : 2, name: "test")
    for edge in Self.edges {
      for flags in [UInt32(0), 1, 2, 3, 7, 8, .max] {
        for memory in [BlobMemory.host3D, .host3DGuest] {
          for (object, size) in [(UInt64(edge), UInt64(4096)), (0, UInt64(edge)), (UInt64(edge) << 32, 1)] {
            let blob = RendererBlob(
              resourceID: 5, context: 1, memory: memory, flags: BlobFlags(rawValue: flags), blobID: object, size: size)
            if renderer.kind(of: { try $0.create(blob) }) == nil { _ = renderer.kind { _ = try $0.share(5) } }
            renderer.destroy(5)
          }
        }
      }
    }
    try expectToWork(renderer)
  }
}

extension Box {
  /// Whether this is a part, not empty, of a box that begins at the origin.
  fileprivate func isInside(_ all: Box) -> Bool {
    func fits(_ start: UInt32, _ count: UInt32, _ end: UInt32) -> Bool {
      count > 0 && UInt64(start) + UInt64(count) <= UInt64(end)
    }
    return fits(x, width, all.width) && fits(y, height, all.height) && fits(z, depth, all.depth)
  }
}

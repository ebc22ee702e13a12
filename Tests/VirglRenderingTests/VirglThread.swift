import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import VirglRendering
import VirtioGPU
import Virtqueue

/// Actor of tests that use virglrenderer: they run on one thread, one test after the other.
@globalActor
actor VirglActor {
  static let shared = VirglActor()

  private let thread = ThreadExecutor(named: "virgl-tests")

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    // Safe: the actor keeps its executor for as long as it lives, which is for ever.
    unsafe thread.asUnownedSerialExecutor()
  }
}

/// What `enum virgl_hw_bind` calls a use of a resource.
enum Bind {
  static let renderTarget: UInt32 = 1 << 1
  static let samplerView: UInt32 = 1 << 3
  static let vertexBuffer: UInt32 = 1 << 4
  static let scanout: UInt32 = 1 << 18
}

extension VirglRenderer {
  /// A renderer without a log.
  static func quiet(_ options: VirglOptions = VirglOptions()) throws -> VirglRenderer {
    try VirglRenderer(options) { _ in }
  }

  /// Makes context `id` of OpenGL.
  func makeContext(_ id: UInt32 = 1) throws {
    try createContext(id, capset: 2, name: "test")
  }

  /// Creates a 2D texture and attaches it to contexts.
  func makeTexture(
    _ id: UInt32, _ size: Size, _ format: PixelFormat = .b8g8r8a8, isTopFirst: Bool = false, for contexts: UInt32...
  ) throws {
    try create(
      ResourceCreate3D(
        resourceID: id, format: format.wire, bind: Bind.renderTarget | Bind.samplerView, width: size.width,
        height: size.height, flags: isTopFirst ? 1 : 0))
    for context in contexts { try attach(id, to: context) }
  }

  /// All fences that are reached until `count` of them are there, or nothing comes for two seconds.
  func waitForFences(_ count: Int) throws -> [RendererFence] {
    var fences: [RendererFence] = []
    while fences.count < count {
      guard let events, try events.wait(for: .readable, timeoutMilliseconds: 2000) else { break }
      fences += takeReached()
    }
    return fences
  }

  /// The kind of the error that `body` throws.
  func kind(of body: (VirglRenderer) throws -> Void) -> RendererError.Kind? {
    do {
      try body(self)
      return nil
    } catch {
      return (error as? RendererError)?.kind
    }
  }
}

extension Surface {
  /// The pixels row by row, as little-endian words.
  var words: [UInt32] {
    var words: [UInt32] = []
    for y in 0..<Int(size.height) {
      for x in 0..<Int(size.width) {
        // Safe: the pixel lies inside the surface.
        words.append(unsafe withPixels { unsafe $0.load(fromByteOffset: y * stride + x * 4, as: UInt32.self) })
      }
    }
    return words
  }
}

/// A pixel of its own colour.
struct Dot: Equatable {
  let x: Int
  let y: Int
  let word: UInt32
}

extension Surface {
  /// The pixels that have another colour than `ground`, row by row; `mask` has the bits that count.
  func dots(on ground: UInt32, mask: UInt32 = .max) -> [Dot] {
    words.map { $0 & mask }.enumerated().filter { $1 != ground }.map {
      Dot(x: $0 % Int(size.width), y: $0 / Int(size.width), word: $1)
    }
  }
}

extension GuestRAM {
  /// `count` pages of the guest in descending order of address.
  func scatteredPages(_ count: Int) throws -> [GuestRange] {
    try (0..<count).map { _ in try memory.range(at: allocate(8192), count: 4096) }.reversed()
  }
}

extension [GuestRange] {
  /// The bytes of all the pages.
  var bytes: [UInt8] {
    reduce(into: []) { $1.append(to: &$0) }
  }

  /// Fills the pages, one after the other, with words.
  func fill(_ words: [UInt32]) {
    var rest = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }[...]
    for page in self {
      page.write(rest.prefix(page.count), at: 0)
      rest = rest.dropFirst(page.count)
    }
  }
}

public import Display
public import LinuxIO
public import VirtioGPU
public import Virtqueue
internal import Wire

/// A renderer that draws nothing but filled rectangles, for tests and fuzzers of everything around a renderer.
///
/// Its only commands are those of ``FakeCommand``. Textures are flat images in pixel formats, or buffers, volumes and images
/// in other formats, which have no pixels; blobs are files. Fences are reached when ``reach(_:)`` says so, or at once.
public final class FakeRenderer: BlockingRenderer {
  /// Two sets, of which the second is the one to choose.
  public static let capsets = [
    Capset(id: 1, version: 1, data: [1, 0, 0, 0]), Capset(id: 2, version: 2, data: Array(1...20)),
  ]
  /// The capability sets that its contexts may follow.
  public let capsets: [Capset]
  /// Readable when ``takeReached()`` has something; nil for a renderer whose fences are reached at once.
  public var events: Descriptor? { counter?.descriptor }
  /// The fences that were made and are not reached.
  public private(set) var marked: [RendererFence] = []
  /// The capability sets of its contexts, by their ids.
  public private(set) var contexts: [UInt32: UInt32] = [:]
  /// True: it takes no backing.
  public var refusesBackings = false
  /// It makes no texture in these formats (specification: `virtio_gpu_formats`).
  public var refusedFormats: Set<UInt32> = []
  /// The ids of its textures and blobs, and of what has a backing.
  public var resources: Set<UInt32> {
    Set(textures.keys).union(unseen).union(blobs.keys).union(backings.keys)
  }
  /// The rectangles that were read.
  public private(set) var reads: [Rectangle] = []

  private let counter: EventCounter?
  private var reached: [RendererFence] = []
  private var textures: [UInt32: Surface] = [:]
  /// Textures without pixels.
  private var unseen: Set<UInt32> = []
  private var blobs: [UInt32: (file: Descriptor, memory: MappedMemory)] = [:]
  private var backings: [UInt32: [GuestRange]] = [:]
  private var attached: [UInt32: Set<UInt32>] = [:]

  /// A renderer; `holdingFences`: they wait for ``reach(_:)``. Whatever a context follows, its commands are the same.
  public init(holdingFences: Bool = false, capsets: [Capset] = FakeRenderer.capsets) throws {
    self.capsets = capsets
    counter = holdingFences ? try EventCounter() : nil
  }

  public func createContext(_ id: UInt32, capset: UInt32, name: String) { contexts[id] = capset }

  public func destroyContext(_ id: UInt32) {
    contexts[id] = nil
    attached[id] = nil
    marked.removeAll { if case .ring(id, _) = $0.timeline { true } else { false } }
  }

  public func attach(_ resource: UInt32, to context: UInt32) { attached[context, default: []].insert(resource) }

  public func detach(_ resource: UInt32, from context: UInt32) { attached[context]?.remove(resource) }

  public func create(_ resource: ResourceCreate3D) throws(RendererError) {
    // Of Gallium's targets the buffer, the flat image and the volume; it has fewer than 512 formats.
    guard [0, 2, 3].contains(resource.target), resource.format < 512, !refusedFormats.contains(resource.format),
      resource.depth > 0, resource.target == 3 || resource.depth == 1
    else { throw RendererError(.invalid, "the fake renderer has no such texture") }
    let size = Size(width: resource.width, height: resource.height)
    // A buffer is as long as its guest likes.
    guard !size.isEmpty, resource.target == 0 || (size.width <= 16384 && size.height <= 16384) else {
      throw RendererError(.invalid, "an image cannot have \(size) pixels")
    }
    guard let format = PixelFormat(wire: resource.format), resource.target == 2 else {
      unseen.insert(resource.resourceID)
      return
    }
    guard let surface = try? Surface(size: size, format: format) else {
      throw RendererError(.outOfMemory, "there is no memory for \(size) pixels")
    }
    textures[resource.resourceID] = surface
  }

  public func create(_ blob: RendererBlob) throws(RendererError) {
    guard blob.blobID < 1000 else { throw RendererError(.invalid, "there is no object \(blob.blobID)") }
    do {
      let file = try MappedMemory.makeFile(named: "blob", count: blob.size)
      blobs[blob.resourceID] = (file, try MappedMemory(file, offset: 0, count: blob.size))
    } catch {
      throw RendererError(.outOfMemory, "\(error)")
    }
  }

  public func destroy(_ resource: UInt32) {
    textures[resource] = nil
    unseen.remove(resource)
    blobs[resource] = nil
    backings[resource] = nil
    for context in attached.keys { attached[context]?.remove(resource) }
  }

  public func setBacking(_ pages: [GuestRange]?, of resource: UInt32) throws(RendererError) {
    guard pages == nil || !refusesBackings else {
      throw RendererError(.outOfMemory, "the fake renderer takes no backing")
    }
    backings[resource] = pages
  }

  public func transfer(
    _ fields: Transfer3D, _ direction: TransferDirection, in context: UInt32
  ) throws(RendererError) {
    guard let pages = backings[fields.resourceID] else { throw RendererError(.invalid, "the resource has no backing") }
    if context != 0, attached[context]?.contains(fields.resourceID) != true {
      throw RendererError(.invalid, "context \(context) does not use it")
    }
    let (box, stride) = (fields.box, fields.stride)
    guard box.z == 0, box.depth == 1, fields.level == 0 else { throw RendererError(.invalid, "the resource is flat") }
    let target: FakeMemory
    if let texture = textures[fields.resourceID] {
      let rectangle = Rectangle(x: box.x, y: box.y, width: box.width, height: box.height)
      guard !rectangle.isEmpty, rectangle.isInside(texture.size) else {
        throw RendererError(.invalid, "\(rectangle) is not inside")
      }
      target = FakeMemory(texture, rectangle)
    } else if let memory = blobs[fields.resourceID]?.memory {
      guard box.height == 1, box.width > 0, UInt64(box.x) + UInt64(box.width) <= UInt64(memory.count) else {
        throw RendererError(.invalid, "the blob is not so long")
      }
      target = FakeMemory(memory, offset: Int(box.x), count: Int(box.width))
    } else {
      throw RendererError(.invalid, "there is no resource \(fields.resourceID)")
    }
    guard target.copy(pages, from: fields.offset, stride: stride, direction) else {
      throw RendererError(.invalid, "the backing ends before")
    }
  }

  public func submit(_ commands: [UInt8], in context: UInt32) throws(RendererError) {
    var reader = ByteReader(commands)
    while reader.remaining > 0 {
      guard let command = try? FakeCommand(&reader) else { throw RendererError(.invalid, "junk") }
      switch command {
      case .fill(let resource, let color):
        guard attached[context]?.contains(resource) == true, let texture = textures[resource] else {
          throw RendererError(.invalid, "context \(context) does not use texture \(resource)")
        }
        texture.fill(Rectangle(texture.size), with: color)
      case .fail: throw RendererError(.failed, "the renderer was asked to fail")
      }
    }
  }

  public func mark(_ fence: RendererFence) throws(RendererError) {
    if case .ring(let context, let index) = fence.timeline, contexts[context] == nil || index > 3 {
      throw RendererError(.invalid, "there is no ring \(index)")
    }
    if counter != nil { marked.append(fence) }
  }

  /// Reaches the fences that `which` chooses, all unless it says otherwise.
  public func reach(_ which: (RendererFence) -> Bool = { _ in true }) {
    reached += marked.filter(which)
    marked.removeAll(where: which)
    if !reached.isEmpty { counter?.signal() }
  }

  public func takeReached() -> [RendererFence] {
    counter?.drain()
    defer { reached = [] }
    return reached
  }

  public func read(_ rectangle: Rectangle, of resource: UInt32, into surface: Surface) throws(RendererError) {
    reads.append(rectangle)
    guard let texture = textures[resource] else { throw RendererError(.failed, "the resource is not an image") }
    surface.copy(rectangle, of: texture, to: Point(x: Int32(rectangle.x), y: Int32(rectangle.y)))
  }

  public func share(_ blob: UInt32) throws(RendererError) -> SharedBlob {
    guard let (file, memory) = blobs[blob] else { throw RendererError(.failed, "the blob has no file") }
    return SharedBlob(file: file, count: UInt64(memory.count), caching: .cached)
  }

  public func reset() {
    contexts = [:]
    textures = [:]
    unseen = []
    blobs = [:]
    backings = [:]
    attached = [:]
    marked = []
    reached = []
  }
}

internal import Display

/// Something that the guest draws into or has drawn: what a resource id stands for.
final class Resource {
  /// What it is.
  enum Kind {
    /// Pixels on the host that transfers bring up to date (specification: "2D resource").
    case picture(Surface)
    /// The same with a side that no surface has: nothing can show it.
    case longPicture(LongPixels)
    /// A texture or a buffer of the renderer.
    case texture(Texture)
    /// A run of bytes.
    case blob(Blob)
  }

  let id: UInt32
  let kind: Kind
  /// What it counts as in ``Quota/resourceBytes``; grows when something of the renderer is first shown.
  var byteCount: UInt64
  var backing: Backing?
  /// Its name for other devices, once somebody asked for it.
  var uuid: [UInt8]?
  /// The contexts that use it.
  var contexts: Set<UInt32> = []
  /// What was last read back of it from the renderer; nil: nothing was ever shown so.
  var shadow: Surface?
  /// What ``Device/renderedCount`` was when all of it was read back.
  var freshAt: UInt64?

  init(id: UInt32, _ kind: Kind, byteCount: UInt64) {
    self.id = id
    self.kind = kind
    self.byteCount = byteCount
  }

  /// The picture, or the texture as a picture: what flushes and transfers of rectangles are about.
  var size: Size? {
    switch kind {
    case .picture(let surface): surface.size
    case .longPicture(let pixels): pixels.size
    case .texture(let texture): texture.size
    case .blob: nil
    }
  }

  var blob: Blob? {
    if case .blob(let blob) = kind { blob } else { nil }
  }

  var texture: Texture? {
    if case .texture(let texture) = kind { texture } else { nil }
  }

  /// True when the renderer has a resource of this id.
  var isRendered: Bool {
    switch kind {
    case .picture, .longPicture: false
    case .texture: true
    case .blob(let blob): blob.memory != .guest
    }
  }
}

/// What the device knows of a texture of the renderer.
final class Texture {
  /// Its width and height in texels.
  let size: Size
  /// Nil: a screen cannot show it.
  let format: PixelFormat?

  init(_ command: ResourceCreate3D) {
    size = Size(width: command.width, height: command.height)
    // Only flat pictures are shown: 2D and rectangle textures (`PIPE_TEXTURE_2D`, `PIPE_TEXTURE_RECT`).
    format = command.target == 2 || command.target == 5 ? PixelFormat(wire: command.format) : nil
  }
}

/// What the device knows of a blob.
final class Blob {
  let memory: BlobMemory
  let flags: BlobFlags
  /// In bytes.
  let size: UInt64
  /// Where it is in the host-visible region, and where it still is until the front end says otherwise; the newest last.
  var places: [Place] = []
  /// Where it is, and may be taken from.
  var place: Place? { places.last { !$0.isLeaving } }

  /// A place in the host-visible region.
  final class Place {
    let offset: UInt64
    let count: UInt64
    /// True while the front end is asked to empty it.
    var isLeaving = false
    /// Keeps the bytes.
    private let shared: SharedBlob

    init(offset: UInt64, count: UInt64, shared: SharedBlob) {
      self.offset = offset
      self.count = count
      self.shared = shared
    }
  }

  init(memory: BlobMemory, flags: BlobFlags, size: UInt64) {
    self.memory = memory
    self.flags = flags
    self.size = size
  }
}

internal import Display

/// What a resource id of the guest stands for: something that it draws into or has drawn.
final class Resource {
  /// Where the resource's bytes are.
  enum Kind {
    /// Pixels on the host that transfers bring up to date (specification: "2D resource").
    case surface(Surface)
    /// The same with a side that no surface has: nothing can show it.
    case longPixels(LongPixels)
    /// A texture or a buffer of a renderer.
    case texture(Texture)
    /// A run of bytes.
    case blob(Blob)
  }

  let id: UInt32
  let kind: Kind
  /// Index of the renderer that has it; nil: it is the device's own.
  let owner: Int?
  /// What it uses of the quota, without its backing; grows when something of a renderer is first shown.
  var usage: Usage
  /// False until its renderer has made it.
  var isMade: Bool
  var backing: Backing?
  /// Its name for other devices; nil: the guest has not asked for one.
  var uuid: [UInt8]?
  /// The contexts that use it.
  var contexts: Set<UInt32> = []
  /// What was last read back of it from its renderer; nil: nothing was ever shown so.
  var shadow: Surface?
  /// What ``AttachedRenderer/drawCount`` was when all of it was read back.
  var freshAt: UInt64?

  init(id: UInt32, _ kind: Kind, owner: Int? = nil, byteCount: UInt64) {
    self.id = id
    self.kind = kind
    self.owner = owner
    isMade = owner == nil
    usage = .resource(bytes: byteCount, isHostBlob: owner != nil && kind.isBlob)
  }

  /// Width and height, of a texture as well: what flushes and transfers of rectangles are about. Nil for a blob.
  var size: Size? {
    switch kind {
    case .surface(let surface): surface.size
    case .longPixels(let pixels): pixels.size
    case .texture(let texture): texture.size
    case .blob: nil
    }
  }

  var blob: Blob? {
    if case .blob(let blob) = kind { blob } else { nil }
  }

  /// True when a renderer has a resource of this id.
  var isRendered: Bool { owner != nil }
}

extension Resource.Kind {
  fileprivate var isBlob: Bool {
    if case .blob = self { true } else { false }
  }
}

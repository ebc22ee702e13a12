/// What a guest uses of its ``Quota``: all zero when it uses nothing.
public struct Usage: Equatable, Sendable {
  /// Bytes of resources, and of the copies that are shown of what renderers draw.
  public var resourceBytes: UInt64 = 0
  /// Number of resources.
  public var resources = 0
  /// Memory entries of backings.
  public var memoryEntries = 0
  /// Mappings of scattered guest blobs.
  public var mappings = 0
  /// Blobs of the host.
  public var hostBlobs = 0
  /// Scattered guest blobs that are mapped side by side.
  public var joinedBlobs = 0
  /// Places of blobs in the host-visible region.
  public var mappedBlobs = 0
  /// Number of rendering contexts.
  public var contexts = 0
  /// Those of them that follow venus.
  public var venusContexts = 0
  /// Commands that are not responded to yet.
  public var pendingCommands = 0
  /// Those of them that wait for a fence.
  public var pendingFences = 0
  /// Timelines on which commands wait.
  public var timelines = 0
  /// Bytes of the commands that wait for a renderer.
  public var waitingBytes = 0

  /// Nothing.
  public init() {}

  /// The sum of both.
  static func += (total: inout Usage, part: Usage) {
    total.combine(part, +, bytes: +)
  }

  /// What is left of the total without the part.
  static func -= (total: inout Usage, part: Usage) {
    total.combine(part, -, bytes: -)
  }

  private mutating func combine(
    _ part: Usage, _ count: (Int, Int) -> Int, bytes: (UInt64, UInt64) -> UInt64
  ) {
    resourceBytes = bytes(resourceBytes, part.resourceBytes)
    resources = count(resources, part.resources)
    memoryEntries = count(memoryEntries, part.memoryEntries)
    mappings = count(mappings, part.mappings)
    hostBlobs = count(hostBlobs, part.hostBlobs)
    joinedBlobs = count(joinedBlobs, part.joinedBlobs)
    mappedBlobs = count(mappedBlobs, part.mappedBlobs)
    contexts = count(contexts, part.contexts)
    venusContexts = count(venusContexts, part.venusContexts)
    pendingCommands = count(pendingCommands, part.pendingCommands)
    pendingFences = count(pendingFences, part.pendingFences)
    timelines = count(timelines, part.timelines)
    waitingBytes = count(waitingBytes, part.waitingBytes)
  }
}

extension Usage {
  /// Usage of a resource of `bytes` bytes.
  static func resource(bytes: UInt64, isHostBlob: Bool) -> Usage {
    var usage = Usage()
    usage.resources = 1
    usage.resourceBytes = bytes
    usage.hostBlobs = isHostBlob ? 1 : 0
    return usage
  }

  /// Usage of a shadow, a copy of what a renderer draws, of `bytes` bytes.
  static func shadow(bytes: UInt64) -> Usage {
    var usage = Usage()
    usage.resourceBytes = bytes
    return usage
  }

  /// Usage of a backing by its number of memory entries.
  static func backing(entries: Int) -> Usage {
    var usage = Usage()
    usage.memoryEntries = entries
    return usage
  }

  /// A scattered blob that is mapped side by side.
  static func joinedBlob(mappings: Int) -> Usage {
    var usage = Usage()
    usage.joinedBlobs = 1
    usage.mappings = mappings
    return usage
  }

  /// A blob in the host-visible region.
  static let mappedBlob: Usage = {
    var usage = Usage()
    usage.mappedBlobs = 1
    return usage
  }()

  /// A context.
  static func context(isVenus: Bool) -> Usage {
    var usage = Usage()
    usage.contexts = 1
    usage.venusContexts = isVenus ? 1 : 0
    return usage
  }

  /// A pending command.
  static let pendingCommand: Usage = {
    var usage = Usage()
    usage.pendingCommands = 1
    return usage
  }()

  /// A pending fence.
  static let pendingFence: Usage = {
    var usage = Usage()
    usage.pendingFences = 1
    return usage
  }()

  /// A timeline on which commands wait.
  static let timeline: Usage = {
    var usage = Usage()
    usage.timelines = 1
    return usage
  }()

  /// A command that waits for a renderer.
  static func waiting(bytes: Int) -> Usage {
    var usage = Usage()
    usage.waitingBytes = bytes
    return usage
  }
}

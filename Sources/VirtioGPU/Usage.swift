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

  private init(_ set: (inout Usage) -> Void) {
    set(&self)
  }

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
    Usage {
      $0.resources = 1
      $0.resourceBytes = bytes
      $0.hostBlobs = isHostBlob ? 1 : 0
    }
  }

  /// Usage of a shadow, a copy of what a renderer draws, of `bytes` bytes.
  static func shadow(bytes: UInt64) -> Usage { Usage { $0.resourceBytes = bytes } }

  /// Usage of a backing by its number of memory entries.
  static func backing(entries: Int) -> Usage { Usage { $0.memoryEntries = entries } }

  /// Usage of a scattered blob that is mapped side by side.
  static func joinedBlob(mappings: Int) -> Usage {
    Usage {
      $0.joinedBlobs = 1
      $0.mappings = mappings
    }
  }

  /// Usage of a blob in the host-visible region.
  static let mappedBlob = Usage { $0.mappedBlobs = 1 }

  /// Usage of a context.
  static func context(isVenus: Bool) -> Usage {
    Usage {
      $0.contexts = 1
      $0.venusContexts = isVenus ? 1 : 0
    }
  }

  /// Usage of a pending command.
  static let pendingCommand = Usage { $0.pendingCommands = 1 }

  /// Usage of a pending fence.
  static let pendingFence = Usage { $0.pendingFences = 1 }

  /// Usage of a timeline on which commands wait.
  static let timeline = Usage { $0.timelines = 1 }

  /// Usage of a command that waits for a renderer.
  static func waiting(bytes: Int) -> Usage { Usage { $0.waitingBytes = bytes } }
}

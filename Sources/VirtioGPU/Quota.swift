/// How much of the host one guest may use. A command that would use more is refused with an error code.
public struct Quota: Equatable, Sendable {
  /// Bytes of all resources together, whether their memory is the host's or, as that of blobs may be, the guest's. 1 GiB
  /// holds four of the largest scanouts that Linux asks for, 8192 × 8192.
  public var resourceBytes: UInt64 = 1 << 30
  /// Number of resources: each costs memory for its record, however small its image.
  public var resources = 16384
  /// Pixels of one scanout, 512 MiB of them: what a frame of a dump may have.
  public var scanoutArea: UInt64 = 1 << 27
  /// Pixels of all scanouts together, of which sinks keep copies. Scanouts that show the same resource count each: it costs
  /// a guest nothing to show one image sixteen times.
  public var shownArea: UInt64 = 1 << 28
  /// Memory entries of all backings together; an entry that lies in several memory regions counts once for each.
  /// ``resourceBytes`` in single pages are a quarter of it; remembering all takes 48 MiB.
  public var memoryEntries = 1 << 20
  /// Mappings of this process that make scattered guest blobs one run of bytes, of the 65,530 that Linux grants it. Blobs
  /// for which none are left are copied instead.
  public var mappings = 16384
  /// Number of rendering contexts. Linux makes one for each program that draws; in virglrenderer each takes 2.2 MiB before
  /// it has drawn anything.
  public var contexts = 256
  /// Blobs in the host-visible region: each holds a descriptor, of the 1024 that a process usually has.
  public var mappedBlobs = 256
  /// Blobs of the host: a renderer may hold a descriptor for each as well.
  public var hostBlobs = 256
  /// Contexts of venus: each is a process and three descriptors.
  public var venusContexts = 32
  /// Scattered guest blobs that are mapped side by side at a time, besides those that are shown: each mapping is watched,
  /// and of a thousand that can be watched memory regions need some.
  public var joinedBlobs = 64
  /// Pending commands: those that wait for a renderer, a fence, a tick, a sink or the front end.
  public var pendingCommands = 4096
  /// Bytes of the commands that wait for a renderer. When there are more, no further command is accepted on the control
  /// queue until there are fewer; none is refused.
  public var waitingBytes = 64 << 20
  /// Commands that each renderer is given before the first of them is complete: SUBMIT_3D and transfers, which need no
  /// results of each other. Whatever takes something away from the renderer, such as RESOURCE_UNREF, a change of memory or
  /// a reset, waits for the time limits of as many calls at most.
  public var rendererQueueDepth = 64
  /// Nanoseconds after which a fence that the renderer does not reach counts as reached.
  public var fencePatience: UInt64 = 10_000_000_000
  /// Bytes of the longest request. A resource of 8192 × 8192 in single pages needs 65,536 entries, a little over 1 MiB.
  public var requestBytes = 4 << 20
  /// Width and height of the largest cursor image, in pixels. Guests use 64 × 64; hosts draw up to 256 everywhere.
  public var cursorSide: UInt32 = 256

  /// The defaults.
  public init() {}
}

/// How much of the host one guest may use. What goes beyond is refused with an error code, never with an end.
public struct Quota: Equatable, Sendable {
  /// Bytes of all resources together, whether their memory is the host's or, as that of blobs may be, the guest's. 1 GiB holds four of the largest screens that Linux asks for, 8192 × 8192.
  public var resourceBytes: UInt64 = 1 << 30
  /// How many resources there may be: each costs memory for its record, however small its picture.
  public var resources = 16384
  /// The most pixels of one screen, 512 MiB of them: what a frame of a dump may have.
  public var scanoutArea: UInt64 = 1 << 27
  /// The most pixels on all screens at once, of which whoever shows or records them keeps copies. Screens that show the
  /// same count each: it costs a guest nothing to show one picture sixteen times.
  public var shownArea: UInt64 = 1 << 28
  /// How many pieces of guest memory may lie behind all pictures together. ``resourceBytes`` in single pages are a
  /// quarter of it; remembering all takes 48 MiB.
  public var backingPieces = 1 << 20
  /// How many mappings of this process may make guest blobs that lie in pieces one run of bytes, of the 65,530 that Linux
  /// grants it. Blobs for which none are left are copied instead.
  public var mappings = 16384
  /// How many rendering contexts there may be. Linux makes one for each program that draws; in virglrenderer each takes
  /// 2.2 MiB before it has drawn anything.
  public var contexts = 256
  /// How many blobs the guest may see at a time: each holds a descriptor, of the 1024 that a process usually has.
  public var descriptors = 256
  /// How many blobs of the host there may be: a renderer may hold a descriptor for each as well.
  public var hostBlobs = 256
  /// How many contexts may follow venus: each is a process and three descriptors.
  public var venusContexts = 32
  /// How many blobs of scattered pages may lie side by side at a time, besides those that are shown: each is watched, and
  /// of a thousand such places memory regions need some.
  public var views = 64
  /// How many requests may wait for their answers: for a fence, a tick, or the front end.
  public var inFlight = 4096
  /// After how many nanoseconds a fence that the renderer does not reach counts as reached.
  public var fencePatience: UInt64 = 10_000_000_000
  /// The longest request in bytes. A picture of 8192 × 8192 in single pages needs 65,536 entries, a little over 1 MiB.
  public var requestBytes = 4 << 20
  /// The widest and highest pointer, in pixels. Guests use 64 × 64; hosts draw up to 256 everywhere.
  public var cursorSide: UInt32 = 256

  /// The defaults.
  public init() {}
}

public import Display
public import Virtqueue

/// A virtio-gpu device: takes requests, keeps resources and scanouts, emits display events.
///
/// It knows nothing of sockets, windows or files: a transport hands it requests, and a `DisplaySink` takes what it
/// shows. All calls come from one thread. A guest's mistake is an error code in the answer; the only error that is
/// thrown is the sink's, for then the host cannot go on.
public final class Device {
  /// The most outputs that the specification allows (`VIRTIO_GPU_MAX_SCANOUTS`).
  public static let mostScanouts = 16

  /// Called when the configuration space changed and the driver should be told.
  public var onConfigurationChange: () -> Void = {}
  /// Hears, in a sentence, of each request that was refused. For a log at debug level: guests can make many.
  public var onRefusal: (String) -> Void = { _ in }
  /// Hears, in a sentence, of what goes wrong on the host and leaves the device running.
  public var onTrouble: (String) -> Void = { _ in }
  /// Hears when ``deadline`` has become another one: then ``advance()`` is due at that time of the clock.
  public var onDeadline: (DisplayTime?) -> Void = { _ in }
  /// Called when ``acceptsRequests(on:)`` may have become true.
  public var onAcceptingRequests: () -> Void = {}
  /// Makes the surfaces that scanouts may show.
  package let surfaces = SurfaceAllocator()
  /// What takes the display events, and keeps the state of the scanouts.
  public let display: DisplaySource
  /// The features that drivers may choose from.
  public let offered: DeviceFeatures
  /// What blobs and their places are multiples of, in bytes; a power of two.
  public static let blobAlignment: UInt32 = 4096
  /// When flushes are answered. May change at any time.
  public var pace: Pace
  /// Where guests see blobs of the host; nil: nowhere.
  public weak var hostVisible: (any HostVisibleRegion)?
  /// The length in bytes of the host-visible region that transports offer to guests, a multiple of the page size; 0: there
  /// is none. To be set before a transport attaches.
  public var hostVisibleCapacity: UInt64 = 0
  /// The host-visible region of the transport.
  var transportRegion: TransportRegion?

  let renderer: (any BlockingRenderer)?
  let clock: () -> DisplayTime
  let limits: Quota
  var random: any RandomNumberGenerator
  var memory = GuestMemory.none
  var features: DeviceFeatures = []
  var scanouts: [Scanout]
  var resources: [UInt32: Resource] = [:]
  var resourceBytes: UInt64 = 0
  var contexts: [UInt32: Context] = [:]
  /// The ``Backing/weight`` of all backings together.
  var backingPieces = 0
  /// The ``Backing/mappings`` of all backings together.
  var mappings = 0
  /// How many blobs are the host's.
  var hostBlobs = 0
  /// Blobs whose scattered pages lie side by side, the one that was shown first first.
  var views: [UInt32] = []
  /// How many blobs are in the host-visible region.
  var mappedBlobs = 0
  var displayNews = DisplayNews()
  /// How often the renderer was given something that may change a picture.
  var renderedCount: UInt64 = 0

  // Answers on their way.
  var lines: [Timeline: [PendingCommand]] = [:]
  var unreached: [RendererWait] = []
  var unheard: [RegionWait] = []
  var lastFence: UInt64 = 0
  var inFlight = 0
  /// Flushes of frames that a sink holds.
  var heldFlushes: [PendingCommand] = []
  var announcedDeadline: DisplayTime?

  /// A device with these outputs, 1 to 16 of them (more are left out), whose events go to `display`, stamped by `clock`.
  ///
  /// Of `features` it offers what it can: contexts only with a `renderer`, for which guests see what it sees.
  public init(
    outputs: [Output], features: DeviceFeatures = .all, limits: Quota = Quota(), renderer: (any BlockingRenderer)? = nil,
    pace: Pace = .immediate, random: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    display: DisplaySource, clock: @escaping () -> DisplayTime
  ) {
    let outputs = outputs.isEmpty ? [Output(size: Size(width: 1280, height: 800))] : outputs
    scanouts = outputs.prefix(Self.mostScanouts).map { Scanout(output: $0) }
    offered = (renderer == nil ? features.intersection(.flat) : features).consistent
    self.renderer = offered.contains(.virgl) ? renderer : nil
    self.limits = limits
    self.pace = pace
    self.random = random
    self.display = display
    self.clock = clock
    display.onRelease = { [weak self] in self?.displayReleased() }
  }

  /// The same with one sink, which is required.
  public convenience init(
    outputs: [Output], features: DeviceFeatures = .all, limits: Quota = Quota(), renderer: (any BlockingRenderer)? = nil,
    pace: Pace = .immediate, random: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    sink: any DisplaySink, clock: @escaping () -> DisplayTime
  ) {
    self.init(
      outputs: outputs, features: features, limits: limits, renderer: renderer, pace: pace, random: random,
      display: DisplaySource(sink), clock: clock)
  }

  /// Takes the feature bits that the driver acknowledged. Bits that were not offered are ignored.
  public func acknowledge(features bits: UInt64) {
    features = DeviceFeatures(rawValue: bits).intersection(offered).consistent
  }

  /// The guest's memory is laid out like this from now on. Backings are looked up again; one that is no longer all
  /// memory is of no use until it is: front ends take regions away and add them again, one by one. Flushes that a sink
  /// holds are responded to.
  ///
  /// `completion` is called, at once or later, when nothing of the memory before is used any more.
  public func memoryChanged(_ memory: GuestMemory, completion: @escaping () -> Void = {}) throws {
    self.memory = memory
    endHeldFlushes()
    for resource in resources.values {
      guard let old = resource.backing else { continue }
      set(nil, behind: resource)
      do {
        try place(Backing(old.entries, in: memory, heaviest: limits.backingPieces - backingPieces), behind: resource)
        try showAgain(resource)
      } catch let refusal as CommandError {
        try lose(old, of: resource, refusal.reason)
      } catch let error as RendererError {
        try lose(old, of: resource, error.description)
      }
    }
    completion()
  }

  private func lose(_ backing: Backing, of resource: Resource, _ reason: String) throws {
    set(Backing(lost: backing.entries), behind: resource)
    try freeze(resource)
    onRefusal("resource \(resource.id) lost its backing to a new memory table: \(reason)")
  }

  /// Back to the state after power-on, in whatever state it is: outputs off, resources and pending events gone. The
  /// arrangement of the outputs stays. Requests that were not answered never will be.
  ///
  /// `completion` is called, at once or later, when nothing of the guest's memory is used any more.
  public func reset(completion: @escaping () -> Void = {}) throws {
    dropAnswers()
    for index in scanouts.indices {
      // What was shown last is a picture still; without its cursor it is none.
      try tick(index)
      try dropCursor(index)
      _ = scanouts[index].clock.take()
      try disable(index)
      scanouts[index].ticks = 0
      scanouts[index].frames = 0
    }
    announceDeadline()
    for resource in resources.values { leaveRegion(resource) }
    if !contexts.isEmpty || resources.values.contains(where: \.isRendered) { renderer?.reset() }
    resources = [:]
    contexts = [:]
    resourceBytes = 0
    backingPieces = 0
    mappings = 0
    mappedBlobs = 0
    hostBlobs = 0
    views = []
    features = []
    displayNews = DisplayNews()
    completion()
  }

  /// False while requests of the queue (0: control, 1: cursor) have to wait where they are, because a sink holds the
  /// display. ``onAcceptingRequests`` says when to look again.
  public func acceptsRequests(on queue: Int) -> Bool {
    !display.isHeld
  }

  /// Executes a request of the control queue. The answer is written into its buffers, at once or later, on the same
  /// thread, and `completion` hears how many bytes that were; never, when the device is reset before.
  public func handleControl(_ chain: DescriptorChain, completion: @escaping (UInt32) -> Void) throws {
    // A request that is not in memory gets the answer that one without a header gets.
    let request = request(of: chain) ?? []
    // The memory that the request came in may be gone by the time of its answer.
    let room = chain.writable(for: longestAnswer)
    var present: GuestMemory? = chain.memory
    defer { present = nil }
    try executeControl(request) { [onRefusal, unowned self] answer in
      do {
        completion(try (present ?? memory).write(answer, into: room))
      } catch {
        onRefusal("an answer found no room: \(error)")
        completion(0)
      }
    }
    announceDeadline()
  }

  /// In bytes: a header with a capability set, or with an EDID and its two words.
  private var longestAnswer: Int {
    ControlHeader.size + max(8 + 1024, capsets.reduce(0) { max($0, $1.data.count) })
  }

  /// Executes a request of the cursor queue. It has no answer: the Linux driver supplies no room for one. `completion` is
  /// called, at once or later, on the same thread, with a length of 0; never, when the device is reset before.
  public func handleCursor(_ chain: DescriptorChain, completion: @escaping (UInt32) -> Void) throws {
    try executeCursor(request(of: chain) ?? [])
    completion(0)
    announceDeadline()
  }

  private func request(of chain: DescriptorChain) -> [UInt8]? {
    do {
      return try chain.read(limit: limits.requestBytes)
    } catch {
      onRefusal("a request is not in memory: \(error)")
      return nil
    }
  }

  func emit(_ event: DisplayEvent, on scanout: Int) throws {
    try display.emit(event, on: scanout, at: clock())
  }
}

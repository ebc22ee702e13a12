public import Display
public import Virtqueue

/// A virtio-gpu device: executes commands, keeps resources and scanouts, emits display events.
///
/// It knows nothing of sockets, windows or files: a transport hands it requests, and the sinks of a `DisplaySource` take
/// what it shows. All calls come from one thread, and none waits for a renderer, a sink or a peer. A guest's mistake is an
/// error code in the response; the only error that is thrown is that of a required sink, for then the host cannot go on.
public final class Device {
  /// The most scanouts that the specification allows (`VIRTIO_GPU_MAX_SCANOUTS`).
  public static let maximumScanouts = 16
  /// What the sizes of blobs and their offsets in the host-visible region are multiples of, in bytes; a power of two.
  public static let blobAlignment: UInt32 = 4096

  /// Called when the configuration space changed and the driver should be told.
  public var onConfigurationChange: () -> Void = {}
  /// Called with a sentence about each command that was refused. For a log at debug level: guests can make many.
  public var onRefusal: (String) -> Void = { _ in }
  /// Called with a sentence about what went wrong on the host and leaves the device running.
  public var onTrouble: (String) -> Void = { _ in }
  /// Called with the error of a required sink that happened outside of a call that throws.
  public var onFailure: (any Error) -> Void = { _ in }
  /// Called when ``deadline`` has changed: ``advance()`` is due at that time of the clock.
  public var onDeadline: (DisplayTime?) -> Void = { _ in }
  /// Called when ``acceptsRequests(on:)`` may have become true.
  public var onAcceptingRequests: () -> Void = {}
  /// Called when the driver asks what is plugged in (GET_DISPLAY_INFO, and GET_EDID, which Linux sends first). When it
  /// returns false, the driver gets the outputs as they are.
  ///
  /// When it returns true, the response waits until the closure is called, on the device's thread and not inside of this
  /// call; further requests of this kind wait for the same call. The owner sets a time limit, because the guest waits.
  public var onOutputsAsked: (_ completion: @escaping () -> Void) -> Bool = { _ in false }
  /// Makes the surfaces that scanouts may show.
  package let surfaces = SurfaceAllocator()
  /// The source of the display events, which keeps the state of the scanouts for its sinks.
  public let display: DisplaySource
  /// The features that drivers may choose from.
  public let offered: DeviceFeatures
  /// When flushes are responded to. May change at any time.
  public var pace: Pace
  /// Where guests see blobs of the host; nil: nowhere.
  public var hostVisible: (any HostVisibleRegion)? {
    get { mappings.region }
    set { mappings.region = newValue }
  }
  /// The length in bytes of the host-visible region that transports offer to guests, a multiple of the page size; 0: there
  /// is none. To be set before a transport attaches.
  public var hostVisibleCapacity: UInt64 = 0
  /// The host-visible region of the transport.
  var transportRegion: TransportRegion?

  let clock: () -> DisplayTime
  var random: any RandomNumberGenerator
  var memory = GuestMemory.none
  var features: DeviceFeatures = []
  var outputChanges = OutputChanges()
  /// Commands that wait until it is known what is plugged in.
  var outputWaiters: [OutputWaiter] = []

  // The parts.
  let ledger: QuotaLedger
  var scanouts: ScanoutTable
  var resources: ResourceTable
  var contexts: [UInt32: Context] = [:]
  let responses: ResponseQueue
  let mappings: HostVisibleMappings
  let renderers: [AttachedRenderer]
  let queues: RendererQueues
  /// The capability sets that drivers may ask for.
  let capsets: [OfferedCapset]

  /// What ``onDeadline`` was called with last.
  var announcedDeadline: DisplayTime?
  /// Rises with each reset: what renderers complete later is of another guest.
  var generation: UInt64 = 0
  /// Completions of renderers that came while a sink held the display.
  var heldCompletions: [() -> Void] = []
  /// The error of a required sink, until it is thrown or reported.
  var failure: (any Error)?
  /// True while waiting commands are executed.
  var isPumping = false
  /// True when a transport was told to wait, and has not been told to go on.
  var isAwaitedByTransport = false
  /// How many commands have waited for renderers.
  var queuedCount: UInt64 = 0

  /// A device with these outputs, 1 to 16 of them (more are left out), whose events go to `display`, stamped by `clock`.
  ///
  /// Of `features` it offers what it can: contexts only with `renderers`, up to 64 of them. Their capability sets are
  /// offered one after the other; of two with the same id, the first is. It takes `DisplaySource.onRelease` for itself.
  public init(
    outputs: [Output], features: DeviceFeatures = .all, quota: Quota = Quota(), renderers: [any Renderer] = [],
    pace: Pace = .immediate, random: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    display: DisplaySource, clock: @escaping () -> DisplayTime
  ) {
    let outputs = outputs.isEmpty ? [Output(size: Size(width: 1280, height: 800))] : outputs
    offered = (renderers.isEmpty ? features.intersection(.flat) : features).consistent
    self.pace = pace
    self.random = random
    self.display = display
    self.clock = clock
    ledger = QuotaLedger(quota)
    scanouts = ScanoutTable(Array(outputs.prefix(Self.maximumScanouts)), quota: quota)
    resources = ResourceTable(ledger)
    responses = ResponseQueue(ledger)
    mappings = HostVisibleMappings(ledger)
    let used = offered.contains(.virgl) ? renderers.prefix(RendererQueues.maximumLanes) : []
    self.renderers = used.enumerated().map { AttachedRenderer($1, index: $0) }
    queues = RendererQueues(count: used.count, ledger)
    capsets = OfferedCapset.all(of: self.renderers, offered)
    display.onRelease = { [weak self] in self?.displayReleased() }
    for renderer in self.renderers { listen(to: renderer) }
  }

  /// The same with one sink, which is required.
  public convenience init(
    outputs: [Output], features: DeviceFeatures = .all, quota: Quota = Quota(), renderers: [any Renderer] = [],
    pace: Pace = .immediate, random: any RandomNumberGenerator = SystemRandomNumberGenerator(),
    sink: any DisplaySink, clock: @escaping () -> DisplayTime
  ) {
    self.init(
      outputs: outputs, features: features, quota: quota, renderers: renderers, pace: pace, random: random,
      display: DisplaySource(sink), clock: clock)
  }

  /// Takes the feature bits that the driver acknowledged. Bits that were not offered are ignored.
  public func acknowledge(features bits: UInt64) {
    features = DeviceFeatures(rawValue: bits).intersection(offered).consistent
  }

  /// Changes the memory table of the guest. Backings are looked up again; one of which memory lacks a part is of no use
  /// until it is there again: front ends take regions away and add them again, one by one. Flushes that a sink holds are
  /// responded to.
  ///
  /// `completion` is called, at once or later, when nothing of the memory before is used any more.
  public func memoryChanged(_ memory: GuestMemory, completion: @escaping () -> Void = {}) throws {
    self.memory = memory
    responses.endHolds()
    for resource in Array(resources.all) {
      guard let old = resource.backing else { continue }
      dropBacking(of: resource)
      do {
        let backing = try Backing(old.entries, in: memory, heaviest: ledger.memoryEntriesLeft)
        resources.setBacking(backing, of: resource)
        if let owner = resource.owner, resource.isMade { giveAgain(backing, of: resource, to: renderers[owner]) }
        try showAgain(resource)
      } catch let refusal as CommandError {
        try lose(old, of: resource, refusal.reason)
      }
    }
    afterRenderers(completion)
    endCall()
    try throwFailure()
  }

  /// Gives the renderer the memory of a backing that moved.
  private func giveAgain(_ backing: Backing, of resource: Resource, to renderer: AttachedRenderer) {
    renderer.give(.setBacking(backing.ranges, resource: resource.id)) { [weak self] result in
      guard let self, case .failure(let error) = result, resource.backing === backing else { return }
      do {
        try lose(backing, of: resource, error.description)
      } catch {
        fail(error)
      }
    }
  }

  private func lose(_ backing: Backing, of resource: Resource, _ reason: String) throws {
    resources.setBacking(Backing(lost: backing.entries), of: resource)
    try freeze(resource)
    onRefusal("resource \(resource.id) lost its backing to a new memory table: \(reason)")
  }

  /// Returns to the state after power-on, whatever is under way: scanouts off, resources and contexts gone, no event
  /// pending. The outputs stay as they are. Pending commands are never responded to.
  ///
  /// `completion` is called, at once or later, when nothing of the guest's memory is used any more.
  public func reset(completion: @escaping () -> Void = {}) throws {
    generation += 1
    heldCompletions = []
    outputWaiters = []
    for index in scanouts.indices { scanouts[index].clock.dropWaiting() }
    responses.removeAll()
    mappings.forgetPending()
    queues.removeAll()
    for index in scanouts.indices {
      // What was shown last is a frame still; without its cursor it is none.
      try tick(index)
      try dropCursor(index)
      _ = scanouts[index].clock.take()
      try disable(index)
      scanouts[index].ticks = 0
      scanouts[index].frames = 0
    }
    for resource in resources.all {
      if let blob = resource.blob { mappings.remove(blob) }
    }
    for renderer in renderers where isUsed(renderer) { renderer.give(.reset) }
    resources.removeAll()
    for context in contexts.values { ledger.remove(context.usage) }
    contexts = [:]
    features = []
    outputChanges = OutputChanges()
    afterRenderers(completion)
    endCall()
    try throwFailure()
  }

  /// True when a renderer has, or is making, something of the guest's.
  private func isUsed(_ renderer: AttachedRenderer) -> Bool {
    renderer.isBusy || resources.isUsed(renderer: renderer.index)
      || contexts.values.contains { $0.renderer == renderer.index }
  }

  func emit(_ event: DisplayEvent, on scanout: Int) throws {
    try display.emit(event, on: scanout, at: clock())
  }
}

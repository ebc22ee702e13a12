public import Display
internal import Glibc
public import LinuxIO
public import VirtioGPU

/// The front end of a display socket as a display source: emits what a back end sends, and replies to its requests.
///
/// The back end is this project's ``DisplaySocketSink`` or anybody's program that speaks the protocol of QEMU's
/// vhost-user-gpu; it is trusted with nothing. Everything it says is checked, and what is wrong ends the session with a
/// ``DisplaySocketSourceEnd``, as does the end of the socket. The last frames stay where the sinks have them.
///
/// It works on the thread of an event loop, where all members are called, and never waits. While a sink holds the
/// `DisplaySource`, nothing is read from the socket, so that the back end has to wait in the end. The owner wires two closures
/// of that source:
///
///     source.onRequest = { [weak receiver] in receiver?.send($0, of: $1) }
///     source.onRelease = { [weak receiver] in try? receiver?.resume() }
public final class DisplaySocketSource {
  /// What a front end offers, and whom it tells. The closures are called on the event loop's thread.
  public struct Options {
    /// The features that the back end may use.
    public var features: DisplayFeatures = [.edid, .modifiers, .surfaces]
    /// The most bytes that the frames of all scanouts may have, mapped files included.
    public var maximumBytes = 1 << 30
    /// True: the reply to DMABUF_UPDATE waits for ``DisplaySocketSource/replyToUpdates(of:)``, or for a sink's request
    /// `presented`. Otherwise it is sent as soon as the frame was taken.
    public var repliesWhenShown = false
    /// Where surfaces come from whose pixels come over the socket.
    public var allocator = SurfaceAllocator()
    /// The clock of the source. Unless said otherwise it starts with these options.
    public var now: () -> DisplayTime
    /// Called when the back end has chosen among the features.
    public var onFeatures: (DisplayFeatures) -> Void = { _ in }
    /// Called with the name of the back end's source, of any characters.
    public var onName: (String) -> Void = { _ in }
    /// Called once, at the end, unless ``DisplaySocketSource/stop()`` was called.
    public var onEnd: (DisplaySocketSourceEnd) -> Void = { _ in }

    /// The usual options.
    public init() {
      let start = Alarm.now
      now = { DisplayTime(nanoseconds: Alarm.now &- start) }
    }
  }

  /// Reasons not to read from the socket.
  struct Pauses: OptionSet {
    let rawValue: Int
    /// A sink holds the source.
    static let held = Pauses(rawValue: 1)
    /// The back end does not read its replies.
    static let unreadReplies = Pauses(rawValue: 2)
    /// Too many messages came that cost something.
    static let rate = Pauses(rawValue: 4)
    /// A device still writes to the buffer that is to be read.
    static let busyBuffer = Pauses(rawValue: 8)
  }

  /// How many messages are handled before others of the event loop have their turn.
  private static let messagesPerTurn = 64

  /// The outputs that the back end is told of when it asks. A change is not announced: the protocol has no message for it.
  public var outputs: [Output]
  /// What both ends use. Before the back end has chosen, all that was offered except ``DisplayFeatures/surfaces``.
  public internal(set) var features: DisplayFeatures
  /// How the session ended; nil: it goes on, or was stopped.
  public private(set) var end: DisplaySocketSourceEnd?

  let source: DisplaySource
  let options: Options
  let socket: UnixSocket
  var reader = DisplaySocketReader(.fromBackEnd)
  var scanouts: [ReceivedScanout]
  var outbox = FrontEndOutbox()
  var pauses: Pauses = []
  var allowance = Allowance()
  /// The message whose bytes are still coming.
  var receiving: PendingMessage?
  private(set) var isActive = true

  private let loop: EventLoop
  /// The same socket once more: an event loop takes each descriptor once.
  private let writing: Descriptor
  private let timer: Timer
  private var reads: EventLoop.Registration?
  private var writes: EventLoop.Registration?
  private var waits: EventLoop.Registration?
  private var buffers: EventLoop.Registration?

  /// Receives from the back end at the other end of `descriptor`, and emits into `source`, whose thread `loop` runs on.
  /// Anything but a Unix stream socket is refused.
  public init(
    _ descriptor: Descriptor, into source: DisplaySource, outputs: [Output], on loop: EventLoop,
    options: Options = Options()
  ) throws(SystemError) {
    guard let socket = UnixSocket(sentByPeer: descriptor) else {
      throw SystemError("use a descriptor that is no Unix stream socket as a display socket", code: EINVAL)
    }
    self.socket = socket
    self.source = source
    self.outputs = outputs
    self.loop = loop
    self.options = options
    writing = try descriptor.duplicate()
    timer = try Timer()
    features = options.features.subtracting(.surfaces)
    reader.features = features
    // A source may have had another session before: its frames are counted on.
    let states = source.states
    scanouts = (0..<DisplaySocketMessage.scanouts).map { scanout in
      var received = ReceivedScanout()
      received.frame = states[scanout]?.frame ?? 0
      return received
    }
    waits = try loop.watch(timer.descriptor) { [weak self] in
      self?.timer.acknowledge()
      try self?.resume(after: .rate)
    }
    try updateWatches()
  }

  deinit {
    cancelWatches()
  }

  // MARK: - The owner's side

  /// Passes a request of a sink on to the back end. Only one with ``DisplayFeatures/surfaces`` gets it.
  ///
  /// While the back end does not read, only the latest request of each kind and scanout is kept, and input is left out, with
  /// everything released.
  public func send(_ request: DisplayRequest, of scanout: ScanoutID) {
    guard isActive, scanouts.indices.contains(scanout) else { return }
    if case .presented = request, options.repliesWhenShown { replyToUpdates(of: scanout) }
    guard features.contains(.surfaces) else { return }
    let limit = UInt32(DisplaySocketRequest.largestSide)
    switch request {
    case .resize(let size):
      guard !size.isEmpty, max(size.width, size.height) <= limit else { return }
      outbox.request(.resize(scanout, size), of: scanout)
    case .presented(let number): outbox.request(.presented(scanout, number), of: scanout)
    case .close: outbox.request(.close(scanout), of: scanout)
    case .input(let event): outbox.input(event, of: scanout)
    }
    flush()
  }

  /// Reads on after the last hold of the source has ended. It throws what a required sink threw.
  public func resume() throws {
    try resume(after: .held)
  }

  /// Replies to every DMABUF_UPDATE of a scanout that has had no reply.
  public func replyToUpdates(of scanout: ScanoutID) {
    guard isActive, scanouts.indices.contains(scanout) else { return }
    releaseUpdates(of: scanout)
    flush()
  }

  /// Ends the session without a further call of a closure, and shuts the socket down. Later calls do nothing.
  public func stop() {
    guard isActive else { return }
    isActive = false
    cancelWatches()
    receiving = nil
    socket.shutdown()
  }

  // MARK: - The event loop's side

  private func resume(after pause: Pauses) throws {
    guard isActive, pauses.contains(pause) else { return }
    pauses.remove(pause)
    if pause == .busyBuffer, let buffers {
      loop.cancel(buffers)
      self.buffers = nil
    }
    // What the kernel has is announced at once: the watch asks for what is there, not for what is new.
    try progress()
  }

  /// Reads until nothing is there, or something says to wait. Throws what a required sink threw.
  private func progress() throws {
    guard isActive else { return }
    do {
      try receiveSome()
      try outbox.send(to: socket)
      try updateWatches()
    } catch let failure as SinkFailure {
      stop()
      throw failure.error
    } catch {
      finish(error)
    }
  }

  private func receiveSome() throws {
    for _ in 0..<Self.messagesPerTurn {
      guard isActive else { return }
      if source.isHeld { pauses.insert(.held) }
      if outbox.isFull { pauses.insert(.unreadReplies) }
      guard pauses.isEmpty else { return }
      if receiving != nil {
        guard try receiveRest() else { return }
        continue
      }
      switch try reader.next(from: socket) {
      case .waiting: return
      case .ended: throw DisplaySocketSourceEnd.closed
      case .complete(let arrival):
        guard case .message(let message) = arrival.content else { continue }
        try take(message, arrival.descriptors)
      }
    }
  }

  /// Sends what there is room for.
  private func flush() {
    guard isActive else { return }
    do {
      try outbox.send(to: socket)
      try updateWatches()
    } catch {
      finish(error)
    }
  }

  /// Waits for a dma-buf that a device still writes to.
  func wait(for buffer: Descriptor) throws(SystemError) {
    pauses.insert(.busyBuffer)
    buffers = try loop.watch(buffer.duplicate()) { [weak self] in try self?.resume(after: .busyBuffer) }
  }

  /// Waits some nanoseconds before the next message.
  func rest(_ nanoseconds: UInt64) {
    pauses.insert(.rate)
    timer.set(after: nanoseconds)
  }

  private func updateWatches() throws(SystemError) {
    guard isActive else { return }
    if !outbox.isFull { pauses.remove(.unreadReplies) }
    if pauses.isEmpty, reads == nil {
      reads = try loop.watch(socket.descriptor) { [weak self] in try self?.progress() }
    } else if !pauses.isEmpty, let reads {
      loop.cancel(reads)
      self.reads = nil
    }
    if !outbox.isEmpty, writes == nil {
      writes = try loop.watch(writing, for: .writable) { [weak self] in self?.flush() }
    } else if outbox.isEmpty, let writes {
      loop.cancel(writes)
      self.writes = nil
    }
  }

  private func cancelWatches() {
    for watch in [reads, writes, waits, buffers] {
      if let watch { loop.cancel(watch) }
    }
    (reads, writes, waits, buffers) = (nil, nil, nil, nil)
  }

  private func finish(_ error: any Error) {
    guard isActive else { return }
    let end: DisplaySocketSourceEnd =
      switch error {
      case let end as DisplaySocketSourceEnd: end
      case let error as DisplayProtocolError: .refused(error)
      case let error as SystemError where error.isDisconnection: .closed
      default: .failed("\(error)")
      }
    stop()
    self.end = end
    options.onEnd(end)
  }
}

/// An error of a required sink, on its way to the event loop.
struct SinkFailure: Error {
  let error: any Error
}

internal import Display
internal import LinuxIO
internal import Synchronization
internal import VirtioGPU

/// What a ``DisplaySocketSink`` and its thread share.
final class SinkShared: Sendable {
  let state = Mutex(SinkState())
  let options: DisplaySocketSink.Options
  /// Raised when the thread has something to do.
  let wake: EventCounter
  /// Raised once, at the end.
  let hasEnded: EventCounter

  init(_ options: DisplaySocketSink.Options) throws(SystemError) {
    self.options = options
    wake = try EventCounter()
    hasEnded = try EventCounter()
  }

  /// Ends the sink, once: surfaces are released, and everyone who waits is told.
  func end(_ end: DisplaySocketSinkEnd) {
    let waiting: [SinkState.OutputRequest]? = state.withLock { state in
      guard state.end == nil else { return nil }
      defer { state.outputRequests = [] }
      state.end = end
      state.outboxes = [:]
      return state.outputRequests
    }
    guard let waiting else { return }
    for completion in waiting { completion(nil) }
    hasEnded.signal()
    options.onEnd(end)
  }
}

/// State of a ``DisplaySocketSink``, under a lock that nobody holds while waiting.
struct SinkState {
  typealias OutputRequest = @Sendable ([Output]?) -> Void

  /// What both ends agreed on; nil: not known yet, and nothing is sent.
  var features: DisplayFeatures?
  /// The scanouts that have had an event.
  var outboxes: [ScanoutID: ScanoutOutbox] = [:]
  /// Takes the requests of the front end; nil before the sink has joined a source.
  var mailbox: SourceMailbox?
  /// Who waits for the front end's outputs, and was not sent the request for yet.
  var outputRequests: [OutputRequest] = []
  /// True from an event until the thread looks for what to send: while it is true nothing has to be woken.
  var hasNews = false
  var isFinishing = false
  var isStopped = false
  var end: DisplaySocketSinkEnd?
  /// The scanout whose turn it is.
  private var turn = 0

  /// Takes an event in. True when there is something to send.
  mutating func receive(
    _ event: DisplayEvent, on scanout: ScanoutID, _ isDMABuf: @escaping (Descriptor) -> Bool
  ) throws(SurfaceError) -> Bool {
    guard (0..<DisplaySocketMessage.scanouts).contains(scanout) else { return false }
    let router = SurfaceRouter(features: features ?? [], isDMABuf: isDMABuf)
    return try outboxes[scanout, default: ScanoutOutbox()].receive(event, router)
  }

  /// The front end told its features: from now on frames are sent, the way that these allow.
  mutating func agree(on features: DisplayFeatures, _ isDMABuf: @escaping (Descriptor) -> Bool) {
    self.features = features
    let router = SurfaceRouter(features: features, isDMABuf: isDMABuf)
    for scanout in outboxes.keys { outboxes[scanout]?.route(again: router) }
  }

  /// The next message: cursors first, because they are small; then the images of one scanout after the other. `mayStart` says
  /// whether a scanout whose previous two frames were not received yet may send another.
  mutating func next(mayStart: () -> Bool) -> OutgoingMessage? {
    guard let features else { return nil }
    for scanout in outboxes.keys {
      if let message = outboxes[scanout]?.nextCursor(of: scanout, features) { return message }
    }
    for step in 0..<DisplaySocketMessage.scanouts {
      let scanout = (turn + step) % DisplaySocketMessage.scanouts
      guard let message = outboxes[scanout]?.nextImage(of: scanout, features, mayStart: mayStart) else { continue }
      turn = (scanout + 1) % DisplaySocketMessage.scanouts
      return message
    }
    return nil
  }

  /// The front end has received everything that was sent.
  mutating func allReceived() {
    for scanout in outboxes.keys { outboxes[scanout]?.framesOnTheWay = 0 }
  }

  /// True when a scanout has something that could not be sent yet.
  var isBehind: Bool { outboxes.values.contains { $0.isBehind } }
}

public import Display
internal import Glibc
public import LinuxIO
internal import Synchronization
public import VirtioGPU

/// Sink that sends a source's frames to the front end of a display socket: the VMM that shows them in its own display.
///
/// It neither waits nor holds. Events are merged, so that a slow front end gets the latest frame next: at most two frames
/// of a scanout are on their way at a time. A thread of its own sends; it reads images where they are when the source owns
/// their memory, and otherwise in a copy, one for each scanout. A front end that stalls, lies or leaves ends the sink, and
/// nothing else: ``receive(_:on:at:)`` throws the ``DisplaySocketSinkEnd`` from then on.
///
/// A front end shows frames from the moment that the sink joins a source: the source gives the current state first.
public final class DisplaySocketSink: DisplaySink, Sendable {
  /// What a sink is told and whom it tells. The closures are called on the sink's thread, and must not wait.
  public struct Options: Sendable {
    /// Name of the source for titles of windows. Only front ends with ``DisplayFeatures/surfaces`` get it.
    public var name = ""
    /// Features that are used when the front end offers them.
    public var features: DisplayFeatures = [.modifiers, .surfaces]
    /// Called once, when the front end has told its features: from then on it gets frames. These are the features in use.
    public var onReady: @Sendable (DisplayFeatures) -> Void = { _ in }
    /// Called once, when the sink has ended.
    public var onEnd: @Sendable (DisplaySocketSinkEnd) -> Void = { _ in }
    /// Called with a sentence for a log when something is not shown as the source has it.
    public var onNotice: @Sendable (String) -> Void = { _ in }
    /// Says whether a surface's file is a dma-buf; tests have none.
    var isDMABuf: @Sendable (Descriptor) -> Bool = { $0.isDMABuf }
    /// The time in nanoseconds, by which the requests of the front end are limited.
    var now: @Sendable () -> UInt64 = { Alarm.now }

    /// The usual options.
    public init() {}
  }

  private let shared: SinkShared

  /// Talks to the front end at the other end of `descriptor`, which the front end may have made and may still hold. Anything
  /// but a Unix stream socket is refused. The socket is never shut down here: who gave it keeps it.
  public init(_ descriptor: Descriptor, options: Options = Options()) throws(SystemError) {
    guard let socket = UnixSocket(sentByPeer: descriptor) else {
      throw SystemError("use a descriptor that is no Unix stream socket as a display socket", code: EINVAL)
    }
    let shared = try SinkShared(options)
    self.shared = shared
    // The thread ends soon after `deinit`, but nobody waits for it: a peer that reads from the same end may delay it.
    _ = try NamedThread("display-sender", takesSignals: false) {
      do {
        let sender = try DisplaySocketSender(socket, shared)
        try sender.run()
      } catch {
        shared.end(.failed("\(error)"))
      }
    }
  }

  deinit {
    stop()
  }

  /// What both ends agreed on; nil: the front end has not told its features yet.
  public var features: DisplayFeatures? { shared.state.withLock { $0.features } }

  /// Sends requests of the front end to this source from now on.
  public func join(_ source: DisplaySource) {
    shared.state.withLock { $0.mailbox = source.mailbox }
  }

  /// Takes an event in, and returns. Throws the ``DisplaySocketSinkEnd`` after the end, or a `SurfaceError` when there is no
  /// memory for a copy.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    let mustWake = try shared.state.withLock { state in
      if let end = state.end { throw end }
      guard try state.receive(event, on: scanout, shared.options.isDMABuf), !state.hasNews else { return false }
      state.hasNews = true
      return true
    }
    if mustWake { shared.wake.signal() }
  }

  /// Sends what has not been sent yet, and ends the sink. It waits for a stalled front end no longer than a second.
  public func finish() {
    shared.state.withLock { $0.isFinishing = true }
    shared.wake.signal()
    _ = try? shared.hasEnded.wait(timeoutMilliseconds: 1000)
    stop()
  }

  /// Ends the sink now, whatever has not been sent. Any thread may call it, at any time, more than once.
  public func stop() {
    shared.state.withLock { $0.isStopped = true }
    shared.wake.signal()
  }

  /// Asks the front end for its outputs (GET_DISPLAY_INFO). `completion` is called once, on the sink's thread or this one: with
  /// what the front end replied, or with nil when the sink has ended. It is the caller who limits the time.
  ///
  /// The outputs are in order of their scanouts, always 16 of them, with size, position and whether they are enabled. Their
  /// numbers are the front end's and unchecked.
  public func askOutputs(_ completion: @escaping @Sendable ([Output]?) -> Void) {
    let isEnded = shared.state.withLock { state in
      if state.end == nil { state.outputRequests.append(completion) }
      return state.end != nil
    }
    if isEnded { completion(nil) } else { shared.wake.signal() }
  }
}

/// How a ``DisplaySocketSink`` ended.
public enum DisplaySocketSinkEnd: Error, Equatable, CustomStringConvertible {
  /// The front end closed the socket.
  case closed
  /// ``DisplaySocketSink/stop()`` was called, or the sink was released.
  case stopped
  /// Everything was sent, and the source has finished.
  case finished
  /// The front end broke the protocol.
  case invalidReply(String)
  /// The socket or this machine failed.
  case failed(String)

  /// A sentence.
  public var description: String {
    switch self {
    case .closed: "the front end closed the display socket"
    case .stopped: "the display socket is not used any more"
    case .finished: "every frame was sent over the display socket"
    case .invalidReply(let reason): "the front end broke the display protocol: \(reason)"
    case .failed(let reason): "the display socket failed: \(reason)"
    }
  }
}

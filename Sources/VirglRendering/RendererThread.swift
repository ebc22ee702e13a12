internal import DequeModule
public import LinuxIO
public import VirtioGPU

/// Renderer on a thread of its own: everything from the start of a `BlockingRenderer` to its end happens there.
///
/// It is made, used and dropped on one thread, the device's, which waits for the renderer in ``init(timeLimit:interruption:log:make:)``
/// and ``end(within:)`` only. A call of the renderer that takes longer than the time limit never gives its thread back, so
/// the thread is abandoned: everything that waits fails, ``onLost`` is called, and every later command fails at once. What
/// the renderer holds, guest memory among it, then stays as long as the process does, because the call may still use it.
/// A process with an abandoned thread (``hasAbandonedThread``) has to end by `_exit`: handlers of `exit` would free what
/// the call uses, or wait for it.
public final class RendererThread: Renderer {
  public let capsets: [Capset]
  public var onLost: (String) -> Void = { _ in }
  public var onFence: (RendererFence) -> Void = { _ in }

  /// Completion of a command. A bare function in a queue would be wrapped in another one each time.
  private struct Completion {
    let call: (Result<RendererResponse, RendererError>) -> Void
  }

  /// A command for which the channel had no room.
  private struct WaitingCommand {
    let command: RendererCommand
    let completion: Completion
  }

  private let channel: RendererChannel
  private let thread: NamedThread
  private let log: @Sendable (String) -> Void
  /// The completions of the commands in the channel, by their numbers.
  private let completions = SlotRing<Completion>()
  private var waiting = Deque<WaitingCommand>()
  /// The fences that were reached and not reported.
  private var fences = Deque<RendererChannel.ReachedFence>()
  private var isDelivering = false
  private var loss: String?
  /// True: the commands that were not complete were dropped, and there are no completions any more.
  private var isClosed = false
  private var hasEnded = false

  /// True when a thread of this process was abandoned.
  public static var hasAbandonedThread: Bool { RendererChannel.hasAbandonedThread }

  /// Starts the thread, and waits until `make` has made the renderer there, or failed, or exceeded the time limit of one
  /// call. Throws what `make` throws, or a `RendererError`. `log` gets sentences that nobody else is told, on the
  /// thread that uses this object. When `interruption` becomes readable before the renderer is made, the thread is
  /// abandoned and an error is thrown; nothing is read from it.
  public init(
    timeLimit: Duration, interruption: Descriptor? = nil, log: @escaping @Sendable (String) -> Void,
    make: @escaping @Sendable () throws -> any BlockingRenderer
  ) throws {
    let channel = try RendererChannel(timeLimit: timeLimit)
    // Signals are the event loop's business, and an abandoned thread would keep them for itself.
    let thread = try NamedThread("renderer", takesSignals: false) { RendererWorker(channel: channel).run(make) }
    capsets = try Self.waitForStart(channel, thread, interruption)
    self.channel = channel
    self.thread = thread
    self.log = log
  }

  deinit {
    end()
  }

  public var events: Descriptor? { channel.events }

  /// True when the renderer exceeded the time limit: its thread and its memory stay.
  public var isAbandoned: Bool { if case .abandoned = channel.phase { true } else { false } }

  public func perform(
    _ command: RendererCommand, completion: @escaping (Result<RendererResponse, RendererError>) -> Void
  ) {
    if let loss { return completion(.failure(RendererError(.failed, loss))) }
    if case .reset = command { channel.noteReset(channel.nextNumber + UInt64(waiting.count)) }
    guard waiting.isEmpty, channel.hasRoom else {
      return waiting.append(WaitingCommand(command: command, completion: Completion(call: completion)))
    }
    put(command, Completion(call: completion))
    if !isDelivering || channel.unpublishedCount >= Self.maximumUnpublished {
      channel.publish(isDelivering: isDelivering)
    }
  }

  private func put(_ command: RendererCommand, _ completion: Completion) {
    completions.put(completion, at: channel.nextNumber)
    channel.put(command)
  }

  public func deliver() {
    channel.abandonIfOverdue()
    let isNested = isDelivering
    isDelivering = true
    defer { isDelivering = isNested }
    var rounds = 0
    repeat {
      rounds += 1
    } while channel.endDelivery(isLast: rounds == Self.maximumRounds, isIdle: !deliverReceived())
  }

  /// Delivers what there is; false: there was nothing.
  private func deliverReceived() -> Bool {
    let lossReason = channel.receive(&fences)
    let start = channel.takenCommandCount
    reportFences()
    // One by one, so that a completion may deliver others as well.
    while true {
      let number = channel.takenCommandCount
      guard !isClosed, let result = channel.takeResult() else { break }
      completions.take(at: number).call(result)
      if !fences.isEmpty { reportFences() }
    }
    while !waiting.isEmpty, channel.hasRoom, let next = waiting.popFirst() { put(next.command, next.completion) }
    channel.publish(isDelivering: true)
    if let lossReason { lose(lossReason) }
    return channel.takenCommandCount != start
  }

  /// Reports the fences that were reached before the next result.
  private func reportFences() {
    while let next = fences.first, next.position <= channel.takenCommandCount {
      fences.removeFirst()
      onFence(next.fence)
    }
  }

  /// The most commands that completions send before the renderer gets them.
  private static let maximumUnpublished: UInt64 = 16
  /// How often a delivery looks for further results before the device's thread serves others.
  private static let maximumRounds = 4

  private func lose(_ sentence: String) {
    guard loss == nil else { return }
    loss = sentence
    for completion in dropWaiting() { completion.call(.failure(RendererError(.failed, sentence))) }
    onLost(sentence)
  }

  /// Drops the commands that are not complete, and returns their completions. The worker carries none of them out any more.
  private func dropWaiting() -> [Completion] {
    guard !isClosed else { return [] }
    isClosed = true
    channel.dropCommands()
    let inChannel = (channel.takenCommandCount..<channel.nextNumber).map { completions.take(at: $0) }
    defer { waiting = [] }
    return inChannel + waiting.map(\.completion)
  }

  /// Ends the renderer on its thread and joins it. Commands that wait are neither carried out nor completed.
  ///
  /// This waits for the call that is under way and for the end of the renderer, for each as long as the time limit, and for
  /// both together at most `duration`; then the thread is abandoned. Later commands fail at once. Dropping the object does
  /// the same without a `duration`. False: the thread is abandoned.
  @discardableResult
  public func end(within duration: Duration? = nil) -> Bool {
    guard !hasEnded, !isAbandoned else { return !isAbandoned }
    hasEnded = true
    loss = loss ?? "The renderer has ended."
    channel.requestEnd()
    defer { _ = dropWaiting() }
    let deadline = duration.map { Alarm.now + $0.nanoseconds }
    if case .abandoned(let sentence) = channel.wait(while: \.isStartingOrRunning, until: deadline ?? .max) {
      log(sentence)
      return false
    }
    thread.join()
    return true
  }

  private static func waitForStart(
    _ channel: RendererChannel, _ thread: NamedThread, _ interruption: Descriptor?
  ) throws -> [Capset] {
    switch channel.wait(while: \.isStarting, interruption: interruption) {
    case .running(let capsets): return capsets
    case .abandoned(let sentence): throw RendererError(.failed, sentence)
    case .starting, .ended(nil): throw RendererError(.failed, "The renderer did not start.")
    case .ended(let error?):
      thread.join()
      throw error
    }
  }
}

extension RendererChannel.Phase {
  fileprivate var isStarting: Bool { if case .starting = self { true } else { false } }

  fileprivate var isStartingOrRunning: Bool {
    switch self {
    case .starting, .running: true
    case .ended, .abandoned: false
    }
  }
}

internal import LinuxIO
internal import Synchronization

/// The part of a ``DisplaySource`` that other threads use: its ordered queue of requests and of sinks to add or remove.
///
/// A sink that lives on several threads keeps this (``DisplaySource/mailbox``) rather than its source. Every member may be
/// called on any thread and waits for nothing. What was put here is done in order, none of it merged or lost, when the
/// source's thread calls ``DisplaySource/serve()``. After the source has finished nothing is taken any more.
public final class SourceMailbox: Sendable {
  /// Work for the source's thread.
  enum Task: Sendable {
    case add(any DisplaySink & Sendable, name: String, policy: DisplaySource.Policy)
    case remove(any DisplaySink & Sendable)
    case request(DisplayRequest, ScanoutID)
  }

  private struct State {
    var tasks: [Task] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let holds = Atomic<Int>(0)
  /// True while the source's thread sleeps in ``wait()`` or is about to.
  private let isAwaited = Atomic<Bool>(false)
  private let arrival = Semaphore()
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) {
    self.wake = wake
  }

  /// Passes a request on to ``DisplaySource/onRequest``.
  public func request(_ request: DisplayRequest, of scanout: ScanoutID) {
    put(.request(request, scanout))
  }

  /// Adds a sink, as ``DisplaySource/add(_:named:policy:)`` does. False when the source has finished: then the sink gets
  /// nothing.
  @discardableResult
  public func add(_ sink: any DisplaySink & Sendable, named name: String, policy: DisplaySource.Policy) -> Bool {
    put(.add(sink, name: name, policy: policy))
  }

  /// Removes a sink, as ``DisplaySource/remove(_:)`` does.
  public func remove(_ sink: any DisplaySink & Sendable) {
    put(.remove(sink))
  }

  /// Has ``DisplaySource/waitUntilReleased(unless:)`` ask again whether it has to wait.
  public func interrupt() {
    if isAwaited.load(ordering: .sequentiallyConsistent) { arrival.post() }
  }

  // MARK: - The source's side

  /// Takes out all tasks; with `closing`, nothing is taken from now on.
  func takeTasks(closing: Bool = false) -> [Task] {
    state.withLock { state in
      if closing { state.isClosed = true }
      defer { state.tasks = [] }
      return state.tasks
    }
  }

  /// True while there is a hold.
  var isHeld: Bool { holds.load(ordering: .sequentiallyConsistent) > 0 }

  /// Counts one hold more.
  func addHold() {
    holds.add(1, ordering: .sequentiallyConsistent)
  }

  /// Counts one hold less. Any thread may call it.
  func endHold() {
    if holds.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { announce() }
  }

  /// Sleeps until a task arrives, the last hold ends, or ``interrupt()`` is called. Returns at once if the source is not
  /// held, or `isInterrupted` says so.
  func wait(unless isInterrupted: () -> Bool) {
    isAwaited.store(true, ordering: .sequentiallyConsistent)
    // What comes from here on is announced; what came before is seen here.
    if isHeld, !isInterrupted(), state.withLock({ $0.tasks.isEmpty }) { arrival.wait() }
    isAwaited.store(false, ordering: .sequentiallyConsistent)
  }

  @discardableResult
  private func put(_ task: Task) -> Bool {
    let isTaken = state.withLock { state in
      if !state.isClosed { state.tasks.append(task) }
      return !state.isClosed
    }
    if isTaken { announce() }
    return isTaken
  }

  private func announce() {
    if isAwaited.load(ordering: .sequentiallyConsistent) { arrival.post() }
    wake()
  }
}

public import Display
internal import Glibc
internal import Synchronization

/// Display sink of ``SDLWindows``: takes events on the source's thread and never waits for a window.
///
/// It keeps one copy of each scanout's image. The windows draw from that when they get to it: damage that they did not
/// draw in time is merged, and they show the latest frame. Requests of users go to the source that it joined.
public final class WindowSink: DisplaySink, Sendable {
  struct State {
    var copies: [ScanoutID: ScanoutCopy] = [:]
    /// The scanouts whose windows the user closed.
    var closed: Set<ScanoutID> = []
    /// What the titles of new windows begin with; nil: what the options say.
    var name: String?
    /// The queue of the source's requests; nil before the sink has joined a source.
    var mailbox: SourceMailbox?
    /// True from an event until the windows take the changes; while it is true nothing has to be woken.
    var hasChanges = false
    var isFinished = false
    var isStopped = false
    /// True when the windows' thread draws no more.
    var isEnded = false
    var waitMethod = Waker.WaitMethod.semaphore
  }

  let state = Mutex(State())
  /// True when the windows' thread stands still, maybe with the lock.
  private let isAbandoned = Atomic<Bool>(false)
  let waker: Waker

  init(waker: Waker) {
    self.waker = waker
  }

  /// Sends the requests of users to this source from now on.
  public func join(_ source: DisplaySource) {
    _ = withState { $0.mailbox = source.mailbox }
  }

  /// Says what the titles of windows that open later begin with, instead of ``SDLWindows/Options/name``. Any thread may call
  /// it.
  public func setName(_ name: String) {
    _ = withState { $0.name = name }
  }

  /// Copies what changed and returns. Called on the source's thread.
  ///
  /// A scanout whose window was closed takes nothing any more. When all are closed, this throws ``WindowsClosed``; when there
  /// is no memory for the copy, a `SurfaceError`.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    let wasTaken = try withState { state in
      if state.isEnded { throw WindowsClosed() }
      if state.closed.contains(scanout) { return }
      if try state.copies[scanout, default: ScanoutCopy()].receive(event) { signalChanges(&state) }
    }
    if !wasTaken { throw WindowsClosed() }
  }

  /// Tells the windows that the source has ended. ``SDLWindows/Options/whenFinished`` says what happens to them.
  public func finish() {
    _ = withState { state in
      state.isFinished = true
      wake(state)
    }
  }

  /// Makes ``SDLWindows/run()`` return soon. Any thread may call it, at any time, more than once.
  public func stop() {
    _ = withState { state in
      state.isStopped = true
      wake(state)
    }
  }

  /// Takes nothing any more, and never waits for the windows' thread again: it stands still since the display was lost
  /// (``SDLWindows/Options/onDisplayLost``). Any thread may call it.
  public func abandon() {
    isAbandoned.store(true, ordering: .releasing)
  }

  /// Runs `body` with the state, or returns false when the sink is abandoned: then the windows' thread may have stopped
  /// while it held the lock. That thread uploads images under the lock, so waiting for it is short but must end when it
  /// never unlocks.
  private func withState(_ body: (inout State) throws -> Void) rethrows -> Bool {
    while !isAbandoned.load(ordering: .acquiring) {
      if try state.withLockIfAvailable({ state in try body(&state) }) != nil { return true }
      usleep(100)
    }
    return false
  }

  private func signalChanges(_ state: inout State) {
    if state.hasChanges { return }
    // Should SDL's queue be full, the next event tries again.
    state.hasChanges = wake(state)
  }

  /// Wakes the windows' thread, under the lock: so that it cannot shut SDL down meanwhile.
  @discardableResult
  private func wake(_ state: State) -> Bool {
    !state.isEnded && waker.wake(from: state.waitMethod)
  }
}

/// Thrown by ``WindowSink/receive(_:on:at:)`` when the last window was closed.
public struct WindowsClosed: Error, Equatable, CustomStringConvertible {
  /// A sentence.
  public var description: String { "the window was closed" }
}

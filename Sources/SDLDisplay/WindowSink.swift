public import Display
internal import Glibc
internal import Synchronization

/// The device's side of ``SDLWindows``: takes events on the source's thread and never waits for a window.
///
/// It keeps one copy of each scanout's picture. The windows draw from that, whenever they get to it: what they did not
/// draw in time is merged, and they show the latest.
public final class WindowSink: DisplaySink, Sendable {
  struct State {
    var screens: [ScanoutID: Screen] = [:]
    var closed: Set<ScanoutID> = []
    /// True from an event until the windows take it; while it is true nobody has to be woken.
    var hasNews = false
    var isFinished = false
    var isStopped = false
    /// True when nobody draws any more.
    var isEnded = false
    var bed = Waker.Bed.semaphore
  }

  let state = Mutex(State())
  /// True when the thread of the windows stands still, maybe with the lock.
  private let isAbandoned = Atomic<Bool>(false)
  let waker: Waker

  init(waker: Waker) {
    self.waker = waker
  }

  /// Copies what changed and returns. Called on the source's thread.
  ///
  /// A window that was closed takes nothing any more. When all are, this throws ``WindowsClosed``; when there is no
  /// memory for the copy, a `SurfaceError`.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    let wasTaken = try withState { state in
      if state.isEnded { throw WindowsClosed() }
      if state.closed.contains(scanout) { return }
      if try state.screens[scanout, default: Screen()].receive(event) { announce(&state) }
    }
    if !wasTaken { throw WindowsClosed() }
  }

  /// Tells the windows that nothing more comes. What happens to the last pictures is
  /// ``SDLWindows/Options/whenFinished``.
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

  /// Takes nothing any more, and never waits for the thread of the windows again: it stands still since the display was
  /// lost (``SDLWindows/Options/onDisplayLost``). Any thread may call it.
  public func abandon() {
    isAbandoned.store(true, ordering: .releasing)
  }

  /// Runs `body` with the state, or returns false when the sink is abandoned: then the thread of the windows may have stopped
  /// with the lock in its hands. It uploads images under the lock, so waiting for it is short but must end when it never
  /// gives the lock back.
  private func withState(_ body: (inout State) throws -> Void) rethrows -> Bool {
    while !isAbandoned.load(ordering: .acquiring) {
      if try state.withLockIfAvailable({ state in try body(&state) }) != nil { return true }
      usleep(100)
    }
    return false
  }

  private func announce(_ state: inout State) {
    if state.hasNews { return }
    // Should SDL's queue be full, the next event tries again.
    state.hasNews = wake(state)
  }

  /// Wakes the thread of the windows, under the lock: so that it cannot shut SDL down meanwhile.
  @discardableResult
  private func wake(_ state: State) -> Bool {
    !state.isEnded && waker.wake(from: state.bed)
  }
}

/// What a ``WindowSink`` throws when its last window was closed.
public struct WindowsClosed: Error, Equatable, CustomStringConvertible {
  /// A sentence.
  public var description: String { "the window was closed" }
}

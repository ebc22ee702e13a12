internal import Display
internal import Synchronization

/// Backlog of a dump: what its writer has not taken yet, and the hold on the display source while that is too much.
///
/// The source's thread adds, the writer's thread takes. A hold is taken with a frame whose predecessor still waits in
/// staging memory, and ends when only one frame waits. Nothing here waits for the disk, and nothing is refused: what comes
/// during a hold is bounded by what a held source can still emit, which is the rest of the command that made the frame,
/// commands that were taken before it, and the end of each scanout.
final class Backlog: Sendable {
  /// The most frames that wait in staging memory without a hold, beside the one that is being written.
  private static let maximumStaged = 1
  /// The most events that wait without a hold: a guest may move its cursor all day and flush nothing. Each is some hundred
  /// bytes.
  private static let maximumEvents = 1024

  private struct State {
    /// Frames whose pixels wait in staging memory.
    var staged = 0
    /// Frames that are not written yet, with the one that is being written.
    var unwritten = 0
    /// Events that the writer has not taken.
    var events = 0
    var hold: FrameHold?
    /// True when nothing is written any more, so that nothing has to be waited for.
    var hasEnded = false

    /// True when the source has to wait.
    var isFull: Bool { !hasEnded && (staged > Backlog.maximumStaged || events > Backlog.maximumEvents) }

    /// Takes out the hold when there is room again. Half of the events must be gone by then: a hold costs two threads a
    /// wake-up.
    mutating func takeHoldIfFree() -> FrameHold? {
      guard hasEnded || (staged <= Backlog.maximumStaged && events <= Backlog.maximumEvents / 2) else { return nil }
      return hold.take()
    }
  }

  private let state = Mutex(State())

  /// How many frames are not written yet. Any thread may ask.
  var frameCount: Int { state.withLock { $0.unwritten } }

  /// Counts an event, and its frame if it has one, before the writer gets it. `makeHold` is called when that is too much.
  func add(isFrame: Bool, makeHold: () -> FrameHold) {
    let needsHold = state.withLock { state in
      state.events += 1
      if isFrame {
        state.staged += 1
        state.unwritten += 1
      }
      return state.isFull && state.hold == nil
    }
    guard needsHold else { return }
    let hold = makeHold()
    // The writer may have caught up meanwhile.
    let ended = state.withLock { state in
      state.hold = hold
      return state.takeHoldIfFree()
    }
    ended?.end()
  }

  /// The writer took an event out of the queue, and the pixels of its frame out of staging memory.
  func take(isFrame: Bool) {
    let hold = state.withLock { state in
      state.events -= 1
      if isFrame { state.staged -= 1 }
      return state.takeHoldIfFree()
    }
    hold?.end()
  }

  /// The writer is done with a frame.
  func complete() {
    state.withLock { $0.unwritten -= 1 }
  }

  /// Ends the present hold and takes no further one, because nothing is written from now on.
  func end() {
    let hold = state.withLock { state in
      state.hasEnded = true
      return state.takeHoldIfFree()
    }
    hold?.end()
  }
}

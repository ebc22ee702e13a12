internal import Display
internal import FrameDump
internal import Frames
internal import LinuxIO
internal import Synchronization

/// Selectors of a run that ends when each of them has selected a frame, or cannot any more.
///
/// What they select is judged later, by the recording; here it only matters that they have.
final class LiveSelection: Sendable {
  /// Signalled when something was decided or is due at another time.
  let wake: EventCounter
  private let searches: Mutex<[FrameSearch]>

  /// How long a tick is taken to be, in nanoseconds: longer than those of usual refresh rates, because the recording may find
  /// its ticks longer than the output's mode says.
  private static let tickInterval: UInt64 = 50_000_000

  init(_ selectors: [FrameSelector]) throws(SystemError) {
    wake = try EventCounter()
    searches = Mutex(selectors.map { FrameSearch($0, tickInterval: Self.tickInterval) })
  }

  /// Takes the events of a dump as they are written.
  func observe(_ dump: FrameDumpSink) {
    dump.onWritten { [self] event in
      searches.withLock { searches in
        for index in searches.indices where !searches[index].isDecided { searches[index].take(event) }
      }
      wake.signal()
    }
  }

  /// True when all have been decided.
  var isDecided: Bool { searches.withLock { $0.allSatisfy(\.isDecided) } }

  /// The first time at which one is decided if nothing happens until then.
  var dueTime: DisplayTime? { searches.withLock { $0.compactMap(\.dueTime).min() } }

  /// Nothing has happened until this time.
  func advance(to time: DisplayTime) {
    searches.withLock { searches in
      for index in searches.indices { searches[index].advance(to: time) }
    }
  }
}

/// Watch over a live selection on the event loop of a device.
final class LiveSelectionWatch {
  private static let pause: UInt64 = 100_000_000
  private let selection: LiveSelection
  private let dump: FrameDumpSink
  private let timer: Timer
  private let now: () -> DisplayTime
  private let whenDecided: () -> Void

  /// Calls `whenDecided` when all selectors have been decided by the events of the dump and by `now`, the device's clock.
  init(
    _ selection: LiveSelection, of dump: FrameDumpSink, on loop: EventLoop, now: @escaping () -> DisplayTime,
    whenDecided: @escaping () -> Void
  ) throws {
    (self.selection, self.dump, self.now, self.whenDecided) = (selection, dump, now, whenDecided)
    timer = try Timer()
    selection.observe(dump)
    // The loop keeps this object.
    try loop.watch(selection.wake.descriptor) { [self] in
      selection.wake.drain()
      check()
    }
    try loop.watch(timer.descriptor) { [self] in
      timer.acknowledge()
      // What is not written yet may be a change.
      if dump.framesWaiting == 0 { selection.advance(to: now()) }
      check()
    }
  }

  private func check() {
    if selection.isDecided { return whenDecided() }
    let time = now().nanoseconds
    timer.set(
      after: selection.dueTime.map { due in
        // A due time that has passed waits for the disk.
        due.nanoseconds > time ? due.nanoseconds - time : Self.pause
      })
  }
}

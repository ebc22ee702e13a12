internal import Display
internal import DequeModule

/// Events that the guest has not taken yet, in batches that each end with a report.
///
/// Its size is bounded, whatever the guest takes. Motion is merged into motion that waits; presses are refused beyond
/// ``maximumBatches``, and their releases with them, because a key that was never pressed is not released. So there are at most
/// that many presses, one release for each key that is down, and one motion between each two of them.
struct InputBacklog {
  /// Number of batches beyond which no press is taken: some ten seconds of fast typing.
  static let maximumBatches = 256

  private enum Batch {
    case motion(Motion)
    case touches([Int: DesktopPoint], primary: DesktopPoint?)
    case events([WireEvent])
  }

  private var batches: Deque<Batch> = []
  /// What is left of the batch that the guest gets now.
  private var current: ArraySlice<WireEvent> = []
  private var vertical = Wheel(code: RelativeAxis.wheel, highResolution: RelativeAxis.wheelHighResolution)
  private var horizontal = Wheel(
    code: RelativeAxis.horizontalWheel, highResolution: RelativeAxis.horizontalWheelHighResolution)

  /// True when the guest has taken everything.
  var isEmpty: Bool { current.isEmpty && batches.isEmpty }
  /// How many batches wait, the one that the guest has begun to take included.
  var count: Int { batches.count + (current.isEmpty ? 0 : 1) }
  /// True when no press is taken.
  var isFull: Bool { batches.count >= Self.maximumBatches }

  /// Adds a batch that stays as it is.
  mutating func add(_ events: [WireEvent]) {
    batches.append(.events(events))
  }

  /// Adds motion.
  mutating func add(_ motion: Motion) {
    if case .motion(var waiting)? = batches.last, isFull || waiting.isSameKind(as: motion) {
      waiting.merge(motion)
      batches[batches.count - 1] = .motion(waiting)
    } else {
      batches.append(.motion(motion))
    }
  }

  /// Adds the new position of a finger.
  mutating func add(_ slot: Int, at point: DesktopPoint, isPrimary: Bool) {
    if case .touches(var points, let primary)? = batches.last {
      points[slot] = point
      batches[batches.count - 1] = .touches(points, primary: isPrimary ? point : primary)
    } else {
      batches.append(.touches([slot: point], primary: isPrimary ? point : nil))
    }
  }

  /// The event that the guest gets next; nil: there is none. It stays until ``removeNext()``.
  mutating func next() -> WireEvent? {
    while current.isEmpty, let batch = batches.popFirst() { current = events(of: batch)[...] }
    return current.first
  }

  /// The guest has taken the next event.
  mutating func removeNext() {
    _ = current.popFirst()
  }

  private mutating func events(of batch: Batch) -> [WireEvent] {
    switch batch {
    case .events(let events): return events
    case .touches(let points, let primary): return TouchState.moved(points, primary: primary)
    case .motion(let motion):
      var events = motion.position.map(TouchState.pointer) ?? []
      if motion.x != 0 { events.append(WireEvent(type: EventType.relative, code: RelativeAxis.x, value: motion.x)) }
      if motion.y != 0 { events.append(WireEvent(type: EventType.relative, code: RelativeAxis.y, value: motion.y)) }
      events += vertical.events(motion.vertical) + horizontal.events(motion.horizontal)
      // Ways there and back add up to nothing, which is a report all the same: each batch has an end.
      return events + [.report]
    }
  }
}

internal import DequeModule
internal import Display
internal import Frames

/// The events of a recording in order, each with the frame whose pixels its scanout shows at that event.
///
/// A sink that receives damage reads the new pixels, but the recording names the frame that has them only in the event that
/// completes it, which comes later. So after each damage this reads ahead, up to that event.
struct ReplayEvents {
  /// The most events that are kept: thousands of times what comes between two ticks.
  private static let furthest = 1 << 16

  private var cursor: any RecordingCursor
  private let mode: FrameMode
  /// Events that were read ahead.
  private var ahead: Deque<RecordedEvent> = []
  /// The number of the next event.
  private(set) var position: Int
  /// For each scanout, the frame that damage shows, up to the event with the number `end`.
  private var shown: [ScanoutID: (frame: RecordedFrame?, end: Int)] = [:]

  /// The events from a place on.
  init(_ cursor: any RecordingCursor, _ mode: FrameMode) {
    self.cursor = cursor
    self.mode = mode
    position = cursor.position
  }

  /// The next event, without removing it; nil at the end.
  mutating func peek() throws(RecordingError) -> RecordedEvent? {
    try read(to: 0) ? ahead.first : nil
  }

  /// Removes and returns the next event, with the frame that its scanout shows (nil: as before); nil at the end.
  mutating func next() throws(RecordingError) -> (event: RecordedEvent, shown: RecordedFrame?)? {
    guard try read(to: 0), let event = ahead.first else { return nil }
    let frame: RecordedFrame? =
      if case .damage = event.change { try frameShown(on: event.scanout) } else { event.frame }
    ahead.removeFirst()
    position += 1
    return (event, frame)
  }

  /// The frame that damage at ``position`` shows: the next one that its scanout completes.
  private mutating func frameShown(on scanout: ScanoutID) throws(RecordingError) -> RecordedFrame? {
    if let known = shown[scanout], known.end > position { return known.frame }
    var (frame, distance) = (RecordedFrame?.none, 1)
    search: while distance < Self.furthest, try read(to: distance) {
      let event = ahead[distance]
      if event.scanout == scanout {
        switch (event.change, mode) {
        case (.scanout, _): break search
        case (.frame, .flush), (.vsync, .vsync):
          frame = event.frame
          break search
        default: break
        }
      }
      distance += 1
    }
    shown[scanout] = (frame, position + distance)
    return frame
  }

  /// Reads ahead so far; false when the recording ends before.
  private mutating func read(to distance: Int) throws(RecordingError) -> Bool {
    while ahead.count <= distance {
      guard let event = try cursor.next() else { return false }
      ahead.append(event)
    }
    return true
  }
}

public import Display

/// What a ``Recording`` has of one scanout, in figures.
public struct RecordedScanout: Sendable, Hashable {
  /// Which one.
  public let scanout: ScanoutID
  /// How many frames it has.
  public internal(set) var frames = 0
  /// The sizes that it had, in the order in which they first came.
  public internal(set) var sizes: [Size] = []
  /// The formats that its surfaces had, likewise.
  public internal(set) var formats: [PixelFormat] = []
  /// How many times pixels were damaged, whether they changed or not.
  public internal(set) var flushes = 0
  /// The pixels of all the damaged rectangles.
  public internal(set) var damagedPixels: UInt64 = 0
  /// The pixels of all the surfaces that were damaged: what ``damagedPixels`` is a part of.
  public internal(set) var shownPixels: UInt64 = 0
  /// How many times the scanout's clock ticked.
  public internal(set) var ticks = 0
  /// The nanoseconds from each frame to the next, in their order.
  public internal(set) var intervals: [UInt64] = []

  /// The figures of all scanouts with events, in their order.
  static func summarize(_ events: [RecordedEvent], frames: [RecordedFrame]) -> [RecordedScanout] {
    var scanouts: [ScanoutID: RecordedScanout] = [:]
    var lastTimes: [ScanoutID: DisplayTime] = [:]
    for event in events {
      var entry = scanouts[event.scanout] ?? RecordedScanout(scanout: event.scanout)
      switch event.change {
      case .scanout(let shown?):
        if !entry.sizes.contains(shown.size) { entry.sizes.append(shown.size) }
        if !entry.formats.contains(shown.format) { entry.formats.append(shown.format) }
        entry.current = shown.size
      case .damage(let rectangle):
        entry.flushes += 1
        entry.damagedPixels &+= rectangle.size.area
        entry.shownPixels &+= entry.current?.area ?? 0
      case .vsync: entry.ticks += 1
      case .scanout(nil), .cursor, .noCursor, .cursorMoved: break
      }
      if let time = event.frame.map({ frames[$0].time }) {
        entry.frames += 1
        if let last = lastTimes[event.scanout] {
          entry.intervals.append(time.nanoseconds - min(last.nanoseconds, time.nanoseconds))
        }
        lastTimes[event.scanout] = time
      }
      scanouts[event.scanout] = entry
    }
    return scanouts.values.sorted { $0.scanout < $1.scanout }
  }

  private var current: Size?

  private init(scanout: ScanoutID) {
    self.scanout = scanout
  }
}

public import Display

/// Statistics of one scanout of a recording.
public struct RecordedScanout: Sendable, Hashable {
  /// The number of the scanout.
  public let scanout: ScanoutID
  /// How many frames it has.
  public private(set) var frames = 0
  /// The sizes that it had, in the order in which they first came; the first hundred of them.
  public private(set) var sizes: [Size] = []
  /// The formats of its surfaces, in the order in which they first came.
  public private(set) var formats: [PixelFormat] = []
  /// How many times pixels were damaged, whether they changed or not.
  public private(set) var flushes = 0
  /// The pixels of all the damaged rectangles.
  public private(set) var damagedPixels: UInt64 = 0
  /// The pixels of all the surfaces that were damaged: what ``damagedPixels`` is a part of.
  public private(set) var shownPixels: UInt64 = 0
  /// How many times the scanout's clock ticked.
  public private(set) var ticks = 0
  /// The nanoseconds from each frame to the next.
  public private(set) var intervals = IntervalHistogram()

  /// How many sizes are listed: a guest may set a new one each time.
  package static let maximumSizes = 100

  /// The nanoseconds between two ticks of the scanout's clock, as far as the recording tells: the shortest usual time from
  /// one tick to the next; nil when it has too few.
  public var tickInterval: UInt64? { tickIntervals.shortestUsual }

  private var tickIntervals = IntervalHistogram()
  private var lastTick: DisplayTime?
  private var currentSize: Size?
  private var lastFrame: DisplayTime?

  /// A scanout without events.
  init(_ scanout: ScanoutID) {
    self.scanout = scanout
  }

  /// Counts an event of this scanout.
  mutating func count(_ event: RecordedEvent) {
    switch event.change {
    case .scanout(let shown?):
      if sizes.count < Self.maximumSizes, !sizes.contains(shown.size) { sizes.append(shown.size) }
      if !formats.contains(shown.format) { formats.append(shown.format) }
      currentSize = shown.size
    case .damage(let rectangle):
      flushes += 1
      damagedPixels &+= rectangle.size.area
      shownPixels &+= currentSize?.area ?? 0
    case .vsync:
      ticks += 1
      if let lastTick { tickIntervals.add(event.time.nanoseconds - min(lastTick.nanoseconds, event.time.nanoseconds)) }
      lastTick = event.time
    case .scanout(nil), .frame, .cursor, .cursorMoved, .label: break
    }
    guard event.frame != nil else { return }
    frames += 1
    if let lastFrame {
      intervals.add(event.time.nanoseconds - min(lastFrame.nanoseconds, event.time.nanoseconds))
    }
    lastFrame = event.time
  }
}

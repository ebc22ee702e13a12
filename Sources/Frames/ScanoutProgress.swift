public import Display

/// State of one scanout at a place of a recording, after the events before that place.
public struct ScanoutProgress: Sendable, Hashable {
  /// What the scanout shows; nil: it is off.
  public private(set) var surface: RecordedSurface?
  /// The cursor's image; nil: it is hidden.
  public private(set) var cursor: RecordedCursor?
  /// The top left corner of the cursor's image; nil: it has no position yet.
  public private(set) var cursorPosition: Point?
  /// The frame that is shown; nil: none since the surface has its size.
  public private(set) var frame: RecordedFrame?
  /// The latest frame of all.
  public private(set) var latest: RecordedFrame?
  /// How many frames the scanout has had, with those that changed nothing.
  public private(set) var frameCount: UInt64 = 0
  /// The number of the latest tick.
  public private(set) var tick: UInt64 = 0
  /// True when pixels may have changed since the latest frame.
  public private(set) var isDamaged = false

  /// A scanout that is off.
  public init() {}

  /// Takes in an event of this scanout.
  public mutating func apply(_ event: RecordedEvent) {
    switch event.change {
    case .scanout(let surface):
      if surface?.size != self.surface?.size { frame = nil }
      self.surface = surface
      isDamaged = false
    case .damage: isDamaged = true
    case .frame(let count): frameCount = count
    case .cursor(let cursor): self.cursor = cursor
    case .cursorMoved(let position): cursorPosition = position
    case .vsync(let tick): self.tick = tick
    case .label: break
    }
    guard let frame = event.frame else { return }
    self.frame = frame
    latest = frame
    isDamaged = false
  }
}

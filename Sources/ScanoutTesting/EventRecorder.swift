public import Display

/// Sink that keeps every event in memory, with a copy of what each scanout shows.
public final class EventRecorder: DisplaySink {
  /// One event, in a form that can be compared.
  public enum Entry: Equatable, Sendable {
    /// The scanout shows a surface of this size and format.
    case scanout(ScanoutID, Size, PixelFormat)
    /// The scanout is off.
    case off(ScanoutID)
    /// Pixels changed.
    case damage(ScanoutID, Rectangle)
    /// The cursor's image changed: its size and hot spot, or nil for hidden.
    case cursor(ScanoutID, Size?, hotSpot: Point?)
    /// The cursor moved.
    case cursorMoved(ScanoutID, Point)
    /// A tick.
    case vsync(ScanoutID, UInt64)
  }

  /// All events but frames, in order.
  public private(set) var entries: [Entry] = []
  /// A copy of each scanout's pixels after its last damage, in `PixelFormat.b8g8r8x8`.
  public private(set) var surfaces: [ScanoutID: Surface] = [:]
  /// The cursor image that each scanout shows.
  public private(set) var cursors: [ScanoutID: CursorImage] = [:]
  /// The number of each scanout's latest frame.
  public private(set) var frames: [ScanoutID: UInt64] = [:]
  /// What each scanout shows; an entry may be read while nothing is received.
  public private(set) var current: [ScanoutID: Surface] = [:]

  /// A recorder without events.
  public init() {}

  /// Keeps the event.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    switch event {
    case .scanout(let surface?):
      entries.append(.scanout(scanout, surface.size, surface.format))
      current[scanout] = surface
    case .scanout(nil):
      entries.append(.off(scanout))
      current[scanout] = nil
      surfaces[scanout] = nil
    case .damage(let rectangle):
      entries.append(.damage(scanout, rectangle))
      if let surface = current[scanout] {
        let copy = try Surface(size: surface.size, format: .b8g8r8x8)
        copy.copy(Rectangle(surface.size), of: surface, to: .zero)
        surfaces[scanout] = copy
      }
    case .frame(let number):
      frames[scanout] = number
    case .cursor(let image):
      entries.append(.cursor(scanout, image?.surface.size, hotSpot: image?.hotSpot))
      cursors[scanout] = image
    case .cursorMoved(let point):
      entries.append(.cursorMoved(scanout, point))
    case .vsync(let tick):
      entries.append(.vsync(scanout, tick))
    }
  }

  /// Does nothing.
  public func finish() {}

  /// Forgets the events so far; what scanouts show stays.
  public func clear() {
    entries = []
  }
}

/// State of one scanout: what a sink that joins late needs to show the same as the others.
///
/// ``DisplaySource`` keeps one for each scanout. The surface may be read only where the source's events are received.
public struct ScanoutState: Sendable {
  /// What the scanout shows; nil: it is off.
  public private(set) var surface: Surface?
  /// The cursor's image; nil: the cursor is hidden.
  public private(set) var cursor: CursorImage?
  /// The top left corner of the cursor's image, in pixels of the scanout; nil: it has no position yet.
  public private(set) var cursorPosition: Point?
  /// The number of the latest frame; 0: there is none yet.
  public private(set) var frame: UInt64 = 0
  /// The number of the latest tick; 0: there is none yet.
  public private(set) var tick: UInt64 = 0

  /// A scanout that is off and has no cursor.
  public init() {}

  /// Takes an event in.
  public mutating func apply(_ event: DisplayEvent) {
    switch event {
    case .scanout(let surface): self.surface = surface
    case .damage: break
    case .frame(let number): frame = number
    case .cursor(let image): cursor = image
    case .cursorMoved(let position): cursorPosition = position
    case .vsync(let tick): self.tick = tick
    }
  }

  /// The events that lead from the initial state to this one, in an order that a sink may get them in. A surface that has
  /// had a frame is damaged as a whole, and that frame is repeated.
  public var events: [DisplayEvent] {
    var events: [DisplayEvent] = []
    if let surface {
      events.append(.scanout(surface))
      if frame > 0 { events += [.damage(Rectangle(surface.size)), .frame(frame)] }
    }
    if let cursorPosition { events.append(.cursorMoved(cursorPosition)) }
    if let cursor { events.append(.cursor(cursor)) }
    return events
  }
}

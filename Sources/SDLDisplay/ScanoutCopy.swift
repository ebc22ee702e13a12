import Display

/// Copy of what a scanout shows, kept for its window, with the damage that the window has not drawn yet.
struct ScanoutCopy {
  /// The scanout's state. Its surface is the source's, to be read only while an event is received.
  private(set) var state = ScanoutState()
  /// The copied pixels; nil while the scanout is off. X bytes hold anything.
  private(set) var image: Surface?
  /// What changed in the image since it was drawn last.
  private(set) var damage = Damage()

  /// The cursor where it lies on an image of this size; nil when none is to be drawn.
  func cursor(on size: Size) -> PlacedCursor? {
    PlacedCursor(state.cursor, at: state.cursorPosition ?? .zero, on: size)
  }

  /// Takes an event of the source. True when there is something to draw.
  mutating func receive(_ event: DisplayEvent) throws(SurfaceError) -> Bool {
    if case .scanout(let surface) = event { try resize(for: surface) }
    state.apply(event)
    switch event {
    case .scanout(let surface):
      if let surface { copy(Rectangle(surface.size)) }
      return true
    case .damage(let rectangle):
      copy(rectangle)
      return state.surface != nil
    case .cursor: return true
    case .cursorMoved: return state.cursor != nil && image != nil
    case .frame, .vsync: return false
    }
  }

  /// Takes out what changed.
  mutating func takeDamage() -> Damage {
    damage.take()
  }

  /// Marks all of the image as changed.
  mutating func damageAll() {
    if let image { damage.add(Rectangle(image.size)) }
  }

  private mutating func resize(for surface: Surface?) throws(SurfaceError) {
    guard image?.size != surface?.size else { return }
    // The old copy goes before the new one comes, so that there is never more than one.
    image = nil
    damage = Damage()
    if let surface { image = try Surface(size: surface.size, format: .b8g8r8x8) }
  }

  private mutating func copy(_ rectangle: Rectangle) {
    guard let surface = state.surface, let image else { return }
    image.copy(rectangle, of: surface, to: Point(x: Int32(clamping: rectangle.x), y: Int32(clamping: rectangle.y)))
    damage.add(rectangle)
  }
}

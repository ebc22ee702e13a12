import Display

/// One scanout as its window knows it: a copy of the picture, what of it is not drawn yet, and the pointer.
struct Screen {
  /// The device's own surface, to be read only while one of its events is received.
  private var source: Surface?
  /// The copy; nil while the scanout is off. X bytes hold anything.
  private(set) var shadow: Surface?
  /// What changed in the copy since it was drawn last.
  private(set) var damage = Damage()
  /// The pointer's image; nil while it is hidden.
  private(set) var cursor: CursorImage?
  /// Where the top left corner of the pointer's image is.
  private(set) var position = Point.zero

  /// Takes what the device tells. True when there is something to draw.
  mutating func receive(_ event: DisplayEvent) throws(SurfaceError) -> Bool {
    switch event {
    case .scanout(let surface):
      try show(surface)
    case .damage(let rectangle):
      guard source != nil else { return false }
      copy(rectangle)
    case .cursor(let image):
      cursor = image
    case .cursorMoved(let point):
      position = point
      return cursor != nil && shadow != nil
    case .frame, .vsync:
      return false
    }
    return true
  }

  /// Takes out what changed.
  mutating func takeDamage() -> Damage {
    damage.take()
  }

  /// Says that all of the picture has to be drawn again.
  mutating func damageAll() {
    if let shadow { damage.add(Rectangle(shadow.size)) }
  }

  private mutating func show(_ surface: Surface?) throws(SurfaceError) {
    source = nil
    if shadow?.size != surface?.size {
      // The old copy goes before the new one comes, so that there is never more than one.
      shadow = nil
      damage = Damage()
      if let surface { shadow = try Surface(size: surface.size, format: .b8g8r8x8) }
    }
    source = surface
    if let surface { copy(Rectangle(surface.size)) }
  }

  private mutating func copy(_ rectangle: Rectangle) {
    guard let source, let shadow else { return }
    shadow.copy(rectangle, of: source, to: Point(x: Int32(clamping: rectangle.x), y: Int32(clamping: rectangle.y)))
    damage.add(rectangle)
  }
}

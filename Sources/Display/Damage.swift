/// Damage of an image since it was drawn or sent last: a few rectangles, which may overlap.
package struct Damage {
  /// The largest number of rectangles that are kept apart; one more, and all become the rectangle around them. Finding what to
  /// skip would cost more than copying it.
  package static let maximumRectangles = 16

  /// The rectangles; together they hold every pixel that changed.
  package private(set) var rectangles: [Rectangle] = []

  /// Nothing changed.
  package init() {}

  /// True when nothing changed.
  package var isEmpty: Bool { rectangles.isEmpty }

  /// Adds a rectangle that changed.
  package mutating func add(_ rectangle: Rectangle) {
    if rectangle.isEmpty || rectangles.contains(where: { $0.union(rectangle) == $0 }) { return }
    rectangles.removeAll { $0.union(rectangle) == rectangle }
    rectangles.append(rectangle)
    if rectangles.count > Self.maximumRectangles {
      rectangles = [rectangles.reduce(rectangle) { $0.union($1) }]
    }
  }

  /// True when a changed rectangle shares a pixel with this one.
  package func touches(_ rectangle: Rectangle) -> Bool {
    rectangles.contains { $0.intersection(rectangle) != nil }
  }

  /// Returns the damage and leaves none.
  package mutating func take() -> Damage {
    defer { rectangles = [] }
    return self
  }
}

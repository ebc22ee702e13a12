internal import Display

/// Motion of a pointer and its wheels that happens at once. A later one can be merged into it: the newest position wins, and
/// ways add up.
struct Motion: Equatable {
  var position: DesktopPoint?
  var x: Int32 = 0
  var y: Int32 = 0
  var vertical: Int32 = 0
  var horizontal: Int32 = 0

  /// What kinds of motion there are.
  private var kinds: [Bool] { [position != nil, x != 0 || y != 0, vertical != 0 || horizontal != 0] }

  /// True when both are of the same kind, so that merging them changes no order.
  func isSameKind(as other: Motion) -> Bool { kinds == other.kinds }

  mutating func merge(_ later: Motion) {
    position = later.position ?? position
    x = Self.sum(x, later.x)
    y = Self.sum(y, later.y)
    vertical = Self.sum(vertical, later.vertical)
    horizontal = Self.sum(horizontal, later.horizontal)
  }

  /// As far as 32 bits reach.
  private static func sum(_ left: Int32, _ right: Int32) -> Int32 {
    Int32(clamping: Int64(left) + Int64(right))
  }
}

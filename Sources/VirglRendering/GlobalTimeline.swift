internal import DequeModule

/// The fences of the global timeline, which the library numbers with 32 bits.
///
/// Its numbers run on through a reset, so that what was reached before is not mistaken for what was asked after.
package struct GlobalTimeline {
  /// What waits, in order: the library's numbers of these follow each other from `first`.
  private var waiting = Deque<UInt64>()
  private var first: UInt32

  /// A timeline whose first fence the library calls `first`.
  package init(first: UInt32 = 1) {
    self.first = first
  }

  /// The library's number of the fence that is made next.
  package var next: UInt32 { first &+ UInt32(truncatingIfNeeded: waiting.count) }

  /// Fence `number` was made, as ``next``.
  package mutating func mark(_ number: UInt64) {
    waiting.append(number)
  }

  /// The latest fence that is reached when the library says so of its own; nil: none that waits.
  package mutating func reach(_ id: UInt32) -> UInt64? {
    let index = Int(id &- first)
    guard index < waiting.count else { return nil }
    defer {
      waiting.removeFirst(index + 1)
      first = id &+ 1
    }
    return waiting[index]
  }

  /// None of those that wait is waited for any more.
  package mutating func forget() {
    first = next
    waiting = []
  }
}

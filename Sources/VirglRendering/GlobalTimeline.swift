internal import DequeModule

/// Pending fences of the global timeline, which the library numbers with 32 bits.
///
/// The numbers go on after a reset, so that a fence of before the reset is not taken for a later one.
package struct GlobalTimeline {
  /// The pending fences in order: their numbers in the library are `first` and those after it.
  private var pending = Deque<UInt64>()
  private var first: UInt32

  /// A timeline whose first fence the library calls `first`.
  package init(first: UInt32 = 1) {
    self.first = first
  }

  /// The library's number of the next fence.
  package var next: UInt32 { first &+ UInt32(truncatingIfNeeded: pending.count) }

  /// Adds fence `number`, which the library calls ``next``.
  package mutating func mark(_ number: UInt64) {
    pending.append(number)
  }

  /// Removes the fences that are reached when the library's fence `id` is, and returns the last one; nil when `id` is not
  /// pending.
  package mutating func reach(_ id: UInt32) -> UInt64? {
    let index = Int(id &- first)
    guard index < pending.count else { return nil }
    defer {
      pending.removeFirst(index + 1)
      first = id &+ 1
    }
    return pending[index]
  }

  /// Removes all pending fences.
  package mutating func forget() {
    first = next
    pending = []
  }
}

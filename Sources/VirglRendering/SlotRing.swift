/// Memory for elements that one side puts in and another takes, by their numbers, which rise by one.
///
/// The two sides may be threads: whoever uses it sees to it that an element is taken after it was put, and that a slot is
/// free when its next element is put. It has room for ``capacity`` elements. Those that are not taken before it is dropped
/// stay in memory.
@safe
struct SlotRing<Element>: ~Copyable, @unchecked Sendable {
  /// How many elements there can be at a time.
  static var capacity: UInt64 { 256 }

  private let slots: UnsafeMutablePointer<Element>

  init() {
    unsafe slots = .allocate(capacity: Int(Self.capacity))
  }

  deinit {
    unsafe slots.deallocate()
  }

  /// Puts the element of a number into its slot, which is free.
  func put(_ element: consuming Element, at number: UInt64) {
    // Safe: the index is below the capacity, and the slot has no element.
    unsafe (slots + Int(number % Self.capacity)).initialize(to: element)
  }

  /// Takes the element of a number out of its slot.
  func take(at number: UInt64) -> Element {
    // Safe: the index is below the capacity, and the slot has this element.
    unsafe (slots + Int(number % Self.capacity)).move()
  }
}

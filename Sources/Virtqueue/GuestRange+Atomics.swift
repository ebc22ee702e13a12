private import Synchronization

/// The three ways in which device and driver look at each other's ring indexes while both run.
extension GuestRange {
  /// Reads a 16-bit little-endian value at an even offset; what its writer wrote before it is visible afterwards.
  public func loadAcquiring(at position: Int) -> UInt16 {
    guard isHalfWord(position) else { return 0 }
    // Safe: two aligned bytes inside the range; an `Atomic<UInt16>` is exactly those two bytes.
    return unsafe withBytes { bytes in
      let cell = unsafe bytes.baseAddress?.advanced(by: position).assumingMemoryBound(to: Atomic<UInt16>.self)
      return UInt16(littleEndian: unsafe cell?.pointee.load(ordering: .acquiring) ?? 0)
    }
  }

  /// Writes a 16-bit little-endian value at an even offset; what we wrote before becomes visible no later than it.
  public func storeReleasing(_ value: UInt16, at position: Int) {
    guard isHalfWord(position) else { return }
    // Safe: as in `loadAcquiring`.
    unsafe withBytes { bytes in
      let cell = unsafe bytes.baseAddress?.advanced(by: position).assumingMemoryBound(to: Atomic<UInt16>.self)
      unsafe cell?.pointee.store(value.littleEndian, ordering: .releasing)
    }
  }

  /// Orders everything before it against everything after it: between publishing an index and looking whether the other
  /// side wants a notification.
  public static func fence() {
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }

  private func isHalfWord(_ position: Int) -> Bool {
    guard position >= 0, position <= count - 2 else { return false }
    // Safe: only the address is looked at.
    return unsafe withBytes { (Int(bitPattern: $0.baseAddress) + position) % 2 == 0 }
  }
}

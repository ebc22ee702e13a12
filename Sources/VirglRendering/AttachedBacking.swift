internal import CVirgl
internal import VirtioGPU
internal import Virtqueue

/// Backing of a resource in the form that the library keeps: the list of memory entries and the memory itself stay where
/// they are for as long as this object lives.
@safe
final class AttachedBacking {
  /// The largest number of bytes behind one resource: the library adds with 32 bits.
  static let largestCount: UInt64 = 0xFFFF_FFFF

  private let ranges: [GuestRange]
  private let list: UnsafeMutableBufferPointer<iovec>

  /// Backing of these memory entries, one after the other.
  init(_ ranges: [GuestRange]) throws(RendererError) {
    let count = ranges.reduce(UInt64(0)) { $0 + UInt64($1.count) }
    guard count <= Self.largestCount, ranges.count <= Int32.max else {
      throw RendererError(
        .invalid,
        "Backing of \(count) bytes in \(ranges.count) memory entries is too large: a resource has less than 4 GiB.")
    }
    self.ranges = ranges
    unsafe list = .allocate(capacity: ranges.count)
    for (index, range) in ranges.enumerated() {
      // Safe: the pointer leaves the closure, but `ranges` keeps the mapping where it is for as long as the list lives.
      unsafe range.withBytes { bytes in
        unsafe list.initializeElement(at: index, to: iovec(iov_base: bytes.baseAddress, iov_len: bytes.count))
      }
    }
  }

  deinit {
    // Safe: the renderer has detached the list from the library before.
    unsafe list.deallocate()
  }

  /// The list and its length, which the library may keep while this object lives.
  @unsafe
  var entries: (UnsafeMutablePointer<iovec>?, Int32) {
    unsafe (list.baseAddress, Int32(list.count))
  }
}

internal import CVirgl
internal import VirtioGPU
internal import Virtqueue

/// Pages of the guest as the library keeps them: its list, and what the list points to, stay until this object goes.
@safe
final class AttachedPages {
  /// The largest sum of bytes, for the library adds with 32 bits.
  static let largestCount: UInt64 = 0xFFFF_FFFF

  private let ranges: [GuestRange]
  private let list: UnsafeMutableBufferPointer<iovec>

  /// The bytes of all the ranges, one after the other.
  init(_ ranges: [GuestRange]) throws(RendererError) {
    let count = ranges.reduce(UInt64(0)) { $0 + UInt64($1.count) }
    guard count <= Self.largestCount, ranges.count <= Int32.max else {
      throw RendererError(
        .invalid, "\(count) bytes in \(ranges.count) pieces are more than can stand behind one resource (4 GiB)")
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
    // Safe: the renderer has taken the list from the library before.
    unsafe list.deallocate()
  }

  /// The list and its length, which the library may keep while this object lives.
  @unsafe
  var pieces: (UnsafeMutablePointer<iovec>?, Int32) {
    unsafe (list.baseAddress, Int32(list.count))
  }
}

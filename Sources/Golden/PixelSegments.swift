internal import Display
internal import Glibc

/// Where two surfaces of one size and format differ, found by `memcmp`: first rows, then short segments of them, so that
/// single pixels are looked at only around those that differ.
enum PixelSegments {
  /// The most pixels of a segment, which begins at a multiple of it.
  static let length = 16

  /// One segment with at least one pixel that differs. It is lent for a call, and must not leave it.
  @safe
  struct Segment {
    /// The place of the first pixel.
    let x: Int
    let y: Int
    /// How many pixels there are; fewer than `length` at the right edge.
    let count: Int
    fileprivate let rows: (expected: UnsafeRawPointer, actual: UnsafeRawPointer)

    /// The two words at `index`, which is below ``count``.
    func pixel(_ index: Int) -> (expected: UInt32, actual: UInt32) {
      // Safe: both rows have `count` words there, for as long as the segment is lent.
      unsafe (
        rows.expected.load(fromByteOffset: index * 4, as: UInt32.self),
        rows.actual.load(fromByteOffset: index * 4, as: UInt32.self)
      )
    }
  }

  /// Calls `body` for each segment, row by row from the left.
  static func forEach(_ expected: Surface, _ actual: Surface, _ body: (Segment) -> Void) {
    let (width, height) = (
      Int(min(expected.size.width, actual.size.width)), Int(min(expected.size.height, actual.size.height))
    )
    // Safe: only rows and columns that both surfaces have are read, during the calls.
    unsafe expected.withPixels { first in
      // Safe: as above.
      unsafe actual.withPixels { second in
        for y in 0..<height {
          // Safe: as above, here and below.
          let (left, right) = unsafe (first + y * expected.stride, second + y * actual.stride)
          if unsafe memcmp(left, right, width * 4) == 0 { continue }
          for x in stride(from: 0, to: width, by: length) {
            let count = min(length, width - x)
            if unsafe memcmp(left + x * 4, right + x * 4, count * 4) == 0 { continue }
            let rows = unsafe (expected: UnsafeRawPointer(left + x * 4), actual: UnsafeRawPointer(right + x * 4))
            body(unsafe Segment(x: x, y: y, count: count, rows: rows))
          }
        }
      }
    }
  }
}

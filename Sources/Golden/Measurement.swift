internal import Display

/// What one pass over two pictures finds.
struct Measurement {
  /// Pixels that differ.
  private(set) var count: UInt64 = 0
  private(set) var red = ChannelDelta()
  private(set) var green = ChannelDelta()
  private(set) var blue = ChannelDelta()
  private(set) var alpha = ChannelDelta()
  /// The row with the most pixels that differ: where a wrong explanation fails soonest.
  private(set) var busiestRow = 0
  private(set) var regions: RegionMap

  /// Compares what both surfaces, in ``Display/PixelFormat/b8g8r8a8``, have in common from their top left corners.
  init(expected: Surface, actual: Surface) {
    regions = RegionMap(
      Size(
        width: min(expected.size.width, actual.size.width), height: min(expected.size.height, actual.size.height)))
    var rowCounts = [Int](repeating: 0, count: Int(min(expected.size.height, actual.size.height)))
    PixelSegments.forEach(expected, actual) { segment in
      rowCounts[segment.y] += note(segment)
    }
    busiestRow = rowCounts.indices.max { rowCounts[$0] < rowCounts[$1] } ?? 0
  }

  /// Takes a segment in, and says how many of its pixels differ.
  private mutating func note(_ segment: PixelSegments.Segment) -> Int {
    var found = 0
    var (first, last) = (0, 0)
    for index in 0..<segment.count {
      let (expected, actual) = segment.pixel(index)
      if expected == actual { continue }
      if found == 0 { first = index }
      last = index
      found += 1
      // The bytes are blue, green, red, alpha from the lowest, as in a little-endian word.
      blue.note(Int(actual & 255) - Int(expected & 255))
      green.note(Int(actual >> 8 & 255) - Int(expected >> 8 & 255))
      red.note(Int(actual >> 16 & 255) - Int(expected >> 16 & 255))
      alpha.note(Int(actual >> 24) - Int(expected >> 24))
    }
    count += UInt64(found)
    regions.add(first: segment.x + first, last: segment.x + last, row: segment.y)
    return found
  }
}

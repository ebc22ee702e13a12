internal import Display
internal import Virtqueue

/// The guest memory behind a resource, as one run of bytes.
///
/// Its memory entries are looked up once, when they are attached or when the memory table changes; those that lie side by
/// side on the host become one range, so that a frame is copied in few large steps.
@safe
final class Backing {
  /// What the driver sent, to be looked up again in another memory table.
  let entries: [MemoryEntry]
  /// The length of all ranges in bytes; at most 2³² times the number of entries, which is bounded.
  let count: UInt64
  /// False: the memory table lacks some of it, and nothing can be copied until a table comes that has all.
  let isInMemory: Bool
  /// Where the entries are on the host, in order.
  let ranges: [GuestRange]
  /// Where each range starts in the run.
  private let starts: [UInt64]

  /// All of it in one place; nil: it is not mapped so.
  private(set) var whole: GuestRange?
  /// How many mappings ``whole`` takes; 0: none of its own.
  private(set) var mappings = 0

  /// How much there is to remember: what ``Quota/memoryEntries`` counts.
  var weight: Int { max(entries.count, ranges.count) }

  /// True when ``whole`` takes mappings.
  var isJoined: Bool { mappings > 0 }

  /// What it uses of the quota now.
  var usage: Usage {
    var usage = Usage.backing(entries: weight)
    if isJoined { usage += .joinedBlob(mappings: mappings) }
    return usage
  }

  /// Finds `entries` in `memory`. Entries without bytes are allowed and add nothing but their weight, which is at most
  /// `heaviest`: one entry becomes many ranges where memory has many small regions.
  init(_ entries: [MemoryEntry], in memory: GuestMemory, heaviest: Int) throws(CommandError) {
    var ranges: [GuestRange] = []
    for entry in entries {
      for range in try Self.ranges(of: entry, in: memory) {
        if let joined = ranges.last?.joined(with: range) {
          ranges[ranges.count - 1] = joined
        } else {
          ranges.append(range)
        }
      }
      guard max(entries.count, ranges.count) <= heaviest else {
        throw CommandError(.outOfMemory, "backing of more than \(heaviest) memory entries: the guest may have no more")
      }
    }
    var starts: [UInt64] = []
    var end: UInt64 = 0
    for range in ranges {
      starts.append(end)
      end += UInt64(range.count)
    }
    self.entries = entries
    self.ranges = ranges
    self.starts = starts
    count = end
    isInMemory = true
  }

  /// Keeps what the driver sent, of which the memory table lacks some or all.
  init(lost entries: [MemoryEntry]) {
    self.entries = entries
    ranges = []
    starts = []
    count = 0
    isInMemory = false
  }

  private static func ranges(of entry: MemoryEntry, in memory: GuestMemory) throws(CommandError) -> [GuestRange] {
    do {
      return try memory.ranges(at: entry.address, count: UInt64(entry.length))
    } catch {
      throw CommandError(.unspecified, "\(error)")
    }
  }

  /// Maps all ranges side by side in one place, without a copy, unless that takes more than `most` mappings or cannot be.
  func join(most: Int) {
    guard whole == nil, isInMemory, !ranges.isEmpty, ranges.count == 1 || ranges.count <= most else { return }
    whole = GuestRange.contiguous(ranges)
    if whole != nil, ranges.count > 1 { mappings = ranges.count }
  }

  /// Gives the mappings of ``whole`` back, if it took any.
  func separate() {
    guard mappings > 0 else { return }
    whole = nil
    mappings = 0
  }

  /// True when the run has all pixels of `rectangle`, whose first one lies at `offset` and whose rows lie `stride`
  /// bytes apart.
  func has(_ rectangle: Rectangle, from offset: UInt64, stride: UInt64) -> Bool {
    guard !rectangle.isEmpty else { return true }
    let (lastRow, overflows) = stride.multipliedReportingOverflow(by: UInt64(rectangle.height - 1))
    // A row has less than 2³⁵ bytes.
    let rowCount = UInt64(rectangle.width) * UInt64(PixelFormat.bytesPerPixel)
    let (span, spanWraps) = lastRow.addingReportingOverflow(rowCount)
    let (end, endWraps) = offset.addingReportingOverflow(span)
    return !overflows && !spanWraps && !endWraps && end <= count
  }

  /// Copies `length` bytes from `offset` of the run to `target`. The caller has checked that the run has them, and
  /// that `target` has the room.
  @unsafe
  func copy(from offset: UInt64, count length: Int, to target: UnsafeMutableRawPointer) {
    var index = range(at: offset)
    var inside = Int(offset - starts[index])
    var done = 0
    while done < length, index < ranges.count {
      let here = min(length - done, ranges[index].count - inside)
      // Safe: `here` bytes are left in the range, and in the target as the caller has checked.
      unsafe ranges[index].withBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        unsafe (target + done).copyMemory(from: start + inside, byteCount: here)
      }
      done += here
      inside = 0
      index += 1
    }
  }

  /// Copies `rows` rows of `length` bytes from `offset` of the run, where they lie `from` bytes apart, to `target`, where
  /// they lie `stride` bytes apart. The caller has checked that the run has them, and that `target` has the room.
  @unsafe
  func copy(
    from offset: UInt64, rows: Int, of length: Int, stride from: UInt64, to target: UnsafeMutableRawPointer, stride: Int
  ) {
    if length == stride, from == UInt64(stride) { return unsafe copy(from: offset, count: length * rows, to: target) }
    var row = 0
    while row < rows {
      let start = offset + from * UInt64(row)
      let rest = unsafe target + stride * row
      let here = min(rows - row, wholeRows(at: start, of: length, stride: from))
      if here == 0 {
        unsafe copy(from: start, count: length, to: rest)
        row += 1
      } else {
        unsafe copyWhole(here, at: start, of: length, stride: Int(from), to: rest, stride: stride)
        row += here
      }
    }
  }

  /// How many rows lie in one range, that of their first byte. There may be many short rows, and a search for each would take
  /// long.
  private func wholeRows(at offset: UInt64, of length: Int, stride: UInt64) -> Int {
    let index = range(at: offset)
    let left = ranges[index].count - Int(offset - starts[index])
    return left < length ? 0 : (left - length) / max(1, Int(stride)) + 1
  }

  /// Copies rows that lie in one range.
  @unsafe
  private func copyWhole(
    _ rows: Int, at offset: UInt64, of length: Int, stride from: Int, to target: UnsafeMutableRawPointer, stride: Int
  ) {
    let index = range(at: offset)
    let inside = Int(offset - starts[index])
    // Safe: the range has the rows, and the target as the caller has checked.
    unsafe ranges[index].withBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for row in 0..<rows {
        unsafe (target + stride * row).copyMemory(from: start + inside + from * row, byteCount: length)
      }
    }
  }

  /// The range that holds a byte of the run.
  private func range(at offset: UInt64) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }
}

extension Surface {
  /// Copies `rectangle`, which lies inside, from the run. Its first pixel lies at `offset` there, and rows are as long as
  /// the surface's, or `stride` bytes; the caller has checked that the run has them.
  func transfer(_ rectangle: Rectangle, from backing: Backing, offset: UInt64, stride: UInt64? = nil) {
    let from = stride ?? UInt64(self.stride)
    let rowCount = Int(rectangle.width) * PixelFormat.bytesPerPixel
    let start = Int(rectangle.y) * self.stride + Int(rectangle.x) * PixelFormat.bytesPerPixel
    guard !rectangle.isEmpty else { return }
    // Safe: the rectangle lies inside the surface, and its source inside the backing.
    unsafe withPixels { pixels in
      unsafe backing.copy(
        from: offset, rows: Int(rectangle.height), of: rowCount, stride: from, to: pixels + start, stride: self.stride)
    }
  }
}

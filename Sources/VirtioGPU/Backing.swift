internal import Display
internal import Virtqueue

/// The guest's pages behind a resource, as one run of bytes.
///
/// Entries are looked up once, when they are attached or when the memory table changes; those that lie side by side on
/// the host become one piece, so that a frame is copied in few large steps.
@safe
final class Backing {
  /// What the driver sent, to be looked up again in another memory table.
  let entries: [MemoryEntry]
  /// The length of all pieces in bytes; at most 2³² times the number of entries, which is bounded.
  let count: UInt64
  /// False: memory has not all of it any more, and nothing can be copied before a table comes that has.
  let isInMemory: Bool
  /// The pages, in order.
  let pieces: [GuestRange]
  /// Where each piece starts in the run.
  private let starts: [UInt64]

  /// All of it in one place, once that was asked for.
  private(set) var whole: GuestRange?
  /// What ``Quota/mappings`` counts of it.
  private(set) var mappings = 0

  /// How much there is to remember: what ``Quota/backingPieces`` counts.
  var weight: Int { max(entries.count, pieces.count) }

  /// Finds `entries` in `memory`. Entries without bytes are allowed and add nothing but their weight, which is at most
  /// `heaviest`: one entry becomes many pieces where memory has many small regions.
  init(_ entries: [MemoryEntry], in memory: GuestMemory, heaviest: Int) throws(CommandError) {
    var pieces: [GuestRange] = []
    for entry in entries {
      for piece in try Self.pieces(of: entry, in: memory) {
        if let joined = pieces.last?.joined(with: piece) {
          pieces[pieces.count - 1] = joined
        } else {
          pieces.append(piece)
        }
      }
      guard max(entries.count, pieces.count) <= heaviest else {
        throw CommandError(.outOfMemory, "it has more than the \(heaviest) pieces that are left to this guest")
      }
    }
    var starts: [UInt64] = []
    var end: UInt64 = 0
    for piece in pieces {
      starts.append(end)
      end += UInt64(piece.count)
    }
    self.entries = entries
    self.pieces = pieces
    self.starts = starts
    count = end
    isInMemory = true
  }

  /// Keeps what the driver sent, of which memory lost some or all.
  init(lost entries: [MemoryEntry]) {
    self.entries = entries
    pieces = []
    starts = []
    count = 0
    isInMemory = false
  }

  private static func pieces(of entry: MemoryEntry, in memory: GuestMemory) throws(CommandError) -> [GuestRange] {
    do {
      return try memory.pieces(at: entry.address, count: UInt64(entry.length))
    } catch {
      throw CommandError(.unspecified, "\(error)")
    }
  }

  /// Lays all pieces side by side in one place, without a copy, unless that takes more than `most` mappings or cannot be.
  func joinPieces(most: Int) {
    guard whole == nil, isInMemory, !pieces.isEmpty, pieces.count == 1 || pieces.count <= most else { return }
    whole = GuestRange.contiguous(pieces)
    if whole != nil, pieces.count > 1 { mappings = pieces.count }
  }

  /// Takes that back, where it took mappings.
  func separatePieces() {
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
    var index = piece(at: offset)
    var inside = Int(offset - starts[index])
    var done = 0
    while done < length, index < pieces.count {
      let here = min(length - done, pieces[index].count - inside)
      // Safe: `here` bytes are left in the piece, and in the target by the caller's word.
      unsafe pieces[index].withBytes { bytes in
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

  /// How many rows lie in one piece, that of their first byte. There may be many short rows, and a search for each would take
  /// long.
  private func wholeRows(at offset: UInt64, of length: Int, stride: UInt64) -> Int {
    let index = piece(at: offset)
    let left = pieces[index].count - Int(offset - starts[index])
    return left < length ? 0 : (left - length) / max(1, Int(stride)) + 1
  }

  /// Copies rows that lie in one piece.
  @unsafe
  private func copyWhole(
    _ rows: Int, at offset: UInt64, of length: Int, stride from: Int, to target: UnsafeMutableRawPointer, stride: Int
  ) {
    let index = piece(at: offset)
    let inside = Int(offset - starts[index])
    // Safe: the piece has the rows, and the target by the caller's word.
    unsafe pieces[index].withBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      for row in 0..<rows {
        unsafe (target + stride * row).copyMemory(from: start + inside + from * row, byteCount: length)
      }
    }
  }

  /// The piece that holds a byte of the run.
  private func piece(at offset: UInt64) -> Int {
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

internal import Display
internal import Glibc

/// Tries what may have happened to a picture. Each trial is a pass or less over the pixels, in C.
///
/// Both surfaces have the same size and ``Display/PixelFormat/b8g8r8a8``, and they differ.
struct Explanation {
  /// How far content is looked for, in pixels.
  private static let furthestShift = 64
  /// All shifts up to that, the smallest first.
  private static let shifts: [(x: Int, y: Int)] = {
    let range = -furthestShift...furthestShift
    return range.flatMap { y in range.map { x in (x: x, y: y) } }.filter { $0 != (0, 0) }
      .sorted { abs($0.x) + abs($0.y) < abs($1.x) + abs($1.y) }
  }()
  /// Smaller areas look shifted by chance.
  private static let smallestShiftedSide: UInt32 = 8

  let expected: Surface
  let actual: Surface
  let measurement: Measurement
  let boundingBox: Rectangle

  /// Everything that explains the difference.
  func diagnoses() throws(SurfaceError) -> [Diagnosis] {
    var found: [Diagnosis] = []
    let color = Self.onlyColor(of: actual)
    if let color { found.append(color) }
    if try isSwapped() { found.append(.redBlueSwapped) }
    if isUpsideDown() { found.append(.upsideDown) }
    // A picture of one colour is any shift of itself.
    if color == nil, let shift = shift() { found.append(shift) }
    return found + numeric()
  }

  /// What the numbers say by themselves.
  func numeric() -> [Diagnosis] {
    let channels: [(Channel, ChannelDelta)] = [
      (.red, measurement.red), (.green, measurement.green), (.blue, measurement.blue), (.alpha, measurement.alpha),
    ]
    let different = channels.filter { $0.1.magnitude > 0 }
    var found: [Diagnosis] = []
    if different.count == 1, let only = different.first { found.append(.oneChannel(only.0)) }
    if !different.isEmpty, different.allSatisfy({ $0.1.magnitude <= 1 }) { found.append(.rounding) }
    return found
  }

  /// The colour of all pixels, if there is only one.
  static func onlyColor(of surface: Surface) -> Diagnosis? {
    let (width, height) = (Int(surface.size.width), Int(surface.size.height))
    // Safe: only pixels of the surface are read, during the call.
    return unsafe surface.withPixels { base in
      // A row that equals itself one pixel further on has one colour.
      guard unsafe memcmp(base, base + 4, (width - 1) * 4) == 0 else { return nil }
      for y in 0..<height {
        // Safe: as above.
        if unsafe memcmp(base, base + y * surface.stride, width * 4) != 0 { return nil }
      }
      // Safe: as above.
      let word = unsafe base.load(as: UInt32.self)
      return .plain(
        red: UInt8(truncatingIfNeeded: word >> 16), green: UInt8(truncatingIfNeeded: word >> 8),
        blue: UInt8(truncatingIfNeeded: word))
    }
  }

  private func isSwapped() throws(SurfaceError) -> Bool {
    // A grey picture is its own swap; but then it would not differ from what was expected.
    let misread = try Surface(Rectangle(actual.size), of: actual, as: .r8g8b8a8)
    let swapped = try Surface(size: actual.size, format: .b8g8r8a8)
    swapped.copy(Rectangle(actual.size), of: misread, to: .zero)
    return isExpected(swapped, rows: 0..<Int(actual.size.height), columns: 0..<Int(actual.size.width)) { ($0, 0) }
  }

  private func isUpsideDown() -> Bool {
    let height = Int(actual.size.height)
    return isExpected(actual, rows: 0..<height, columns: 0..<Int(actual.size.width)) { (height - 1 - $0, 0) }
  }

  /// The smallest shift of the area around all differences that explains at least half of them.
  private func shift() -> Diagnosis? {
    guard min(boundingBox.width, boundingBox.height) >= Self.smallestShiftedSide else { return nil }
    let (mostX, mostY) = (Int(boundingBox.width) / 2, Int(boundingBox.height) / 2)
    let shift = Self.shifts.first { abs($0.x) <= mostX && abs($0.y) <= mostY && isShift(x: $0.x, y: $0.y) }
    return shift.map { .shifted(x: $0.x, y: $0.y, within: boundingBox) }
  }

  private func isShift(x: Int, y: Int) -> Bool {
    // Where the content of the area lands inside it; what came in at the edges is anything.
    let left = Int(boundingBox.x) + max(0, x)
    let columns = left..<left + Int(boundingBox.width) - abs(x)
    let rows = Int(boundingBox.y) + max(0, y)..<Int(boundingBox.endY) + min(0, y)
    let busiest = measurement.busiestRow
    let first = rows.contains(busiest) ? busiest..<busiest + 1 : rows.prefix(1)
    for part in [first, rows] {
      guard isExpected(actual, rows: part, columns: columns, from: { ($0 - y, left - x) }) else { return false }
    }
    return explainsMost(
      Rectangle(x: UInt32(left), y: UInt32(rows.lowerBound), width: UInt32(columns.count), height: UInt32(rows.count)))
  }

  /// True when at least half of all pixels that differ lie in this part, and the part shows anything at all.
  private func explainsMost(_ part: Rectangle) -> Bool {
    guard let before = try? Surface(part, of: expected), let after = try? Surface(part, of: actual) else {
      return false
    }
    if Self.onlyColor(of: after) != nil, Self.onlyColor(of: before) != nil { return false }
    return Measurement(expected: before, actual: after).count * 2 >= measurement.count
  }

  /// True when in each of these rows the pixels of `surface` in these columns are those of the expected picture that
  /// begin at the row and column which `place` names.
  private func isExpected(
    _ surface: Surface, rows: Range<Int>, columns: Range<Int>, from place: (_ row: Int) -> (row: Int, column: Int)
  ) -> Bool {
    // Safe: callers name rows and columns that both pictures have.
    unsafe surface.withPixels { mine in
      // Safe: as above.
      unsafe expected.withPixels { theirs in
        rows.allSatisfy { y in
          let (row, column) = place(y)
          let offset = row * expected.stride + column * PixelFormat.bytesPerPixel
          let own = y * surface.stride + columns.lowerBound * PixelFormat.bytesPerPixel
          // Safe: as above.
          return unsafe memcmp(mine + own, theirs + offset, columns.count * PixelFormat.bytesPerPixel) == 0
        }
      }
    }
  }
}

internal import CPixels
internal import Display

/// Search for what explains that two images of the same size differ: a transformation (a shift, swapped channels, …) that
/// turns the expected image exactly into the actual one, or a pattern in the differences of their channels.
///
/// The list of transformations is fixed, and each is tried in at most one pass over the pixels.
struct Explanation {
  /// The longest shift that is found, in pixels.
  private static let furthestShift: Int32 = 64
  /// How many pixels decide which shifts are verified.
  private static let maximumSamples = 128
  /// How many shifts are verified, the smallest first.
  private static let maximumShifts = 8
  /// The smallest side in pixels of an area that is called shifted: smaller ones match some shift by chance.
  private static let smallestShiftedSide: UInt32 = 8

  let pixels: ComparedPixels
  let measurement: Measurement
  let boundingBox: Rectangle

  private var size: Size { pixels.actualSize }

  /// All diagnoses that apply.
  func diagnoses() -> [Diagnosis] {
    var found: [Diagnosis] = []
    let color = Self.onlyColor(of: pixels)
    if let color { found.append(color) }
    // A grey image is its own swap; but then it would not differ from what was expected.
    // Safe: both images have this size.
    let (isSwapped, isUpsideDown) = unsafe pixels.withImages { expected, actual in
      unsafe (
        cpixels_is_swapped(expected, actual, size.width, size.height, pixels.bytes) != 0,
        cpixels_is_upside_down(expected, actual, size.width, size.height, pixels.bytes) != 0
      )
    }
    if isSwapped { found.append(.redBlueSwapped) }
    if isUpsideDown { found.append(.upsideDown) }
    // An image of one colour is any shift of itself.
    if color == nil, let shift = shift() { found.append(shift) }
    return found + numeric()
  }

  /// The diagnoses that follow from how much each channel differs, without looking at the pixels.
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

  /// The colour of all pixels of the actual image, if there is only one.
  static func onlyColor(of pixels: ComparedPixels) -> Diagnosis? {
    let all = Rectangle(pixels.actualSize)
    // Safe: the box is all of the image, which has a pixel.
    return unsafe pixels.withImages { _, actual in
      guard unsafe cpixels_is_plain(actual, cpixels_box(all), pixels.bytes) != 0 else { return nil }
      // Safe: as above; a sample of 16 bits is named by its high byte, the lower one of memory comes first.
      let channels = (0..<3).map { unsafe actual.pixels[pixels.bits == 8 ? $0 : 2 * $0 + 1] }
      return pixels.bits == 8
        ? .plain(red: channels[2], green: channels[1], blue: channels[0])
        : .plain(red: channels[0], green: channels[1], blue: channels[2])
    }
  }

  /// The smallest shift that explains at least half of what differs.
  private func shift() -> Diagnosis? {
    guard min(boundingBox.width, boundingBox.height) >= Self.smallestShiftedSide else { return nil }
    for candidate in candidates() {
      let (x, y) = (Int(candidate.x), Int(candidate.y))
      // What came from outside the image may be anything. What came from inside is right, or else all that came from
      // inside the box is, and is nearly everything: a terminal scrolled, and something new came in at its end.
      for (source, share) in [(Rectangle(size), 0.5), (boundingBox, 0.75)] {
        guard let box = Self.moved(source, x, y).intersection(boundingBox), isShifted(box, x, y) else { continue }
        guard Double(differingPixels(in: box)) >= share * Double(measurement.count), !isPlain(box) else { continue }
        return .shifted(x: x, y: y, within: box)
      }
    }
    return nil
  }

  /// Shifts that some pixels allow.
  private func candidates() -> ArraySlice<cpixels_shift> {
    var places = [cpixels_place](repeating: cpixels_place(), count: Self.maximumSamples)
    var shifts = [cpixels_shift](repeating: cpixels_shift(), count: Self.maximumShifts)
    // Safe: both images have this size, the tiles were made for it, the box lies inside, and no more places and shifts are
    // written than there is room for.
    let count = unsafe pixels.withImages { expected, actual in
      let count = unsafe cpixels_sample(
        expected, actual, size.width, size.height, pixels.bytes, measurement.regions.tiles, &places, places.count)
      return unsafe cpixels_shifts(
        expected, actual, size.width, size.height, pixels.bytes, cpixels_box(boundingBox), places, count,
        Self.furthestShift, &shifts, shifts.count)
    }
    return shifts.prefix(count)
  }

  /// A rectangle moved, without what left the image at its top and left.
  private static func moved(_ box: Rectangle, _ x: Int, _ y: Int) -> Rectangle {
    let (left, top) = (max(0, Int(box.x) + x), max(0, Int(box.y) + y))
    let (right, bottom) = (max(left, Int(box.endX) + x), max(top, Int(box.endY) + y))
    return Rectangle(x: UInt32(left), y: UInt32(top), width: UInt32(right - left), height: UInt32(bottom - top))
  }

  private func isShifted(_ box: Rectangle, _ x: Int, _ y: Int) -> Bool {
    // Safe: the box lies inside the image, and so does what it is compared with.
    unsafe pixels.withImages { expected, actual in
      unsafe cpixels_is_shifted(expected, actual, cpixels_box(box), Int32(x), Int32(y), pixels.bytes) != 0
    }
  }

  private func differingPixels(in box: Rectangle) -> UInt64 {
    // Safe: as above.
    unsafe pixels.withImages { expected, actual in
      unsafe cpixels_count(expected, actual, cpixels_box(box), pixels.bytes)
    }
  }

  /// True when nothing is to be seen in a part of the actual image: it would be a shift of anything plain.
  private func isPlain(_ box: Rectangle) -> Bool {
    // Safe: as above.
    unsafe pixels.withImages { _, actual in unsafe cpixels_is_plain(actual, cpixels_box(box), pixels.bytes) != 0 }
  }
}

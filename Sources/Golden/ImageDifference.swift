public import Display
public import PNG

/// Difference of two images in numbers, with explanations.
public struct ImageDifference: Sendable, Hashable, Codable {
  /// The most regions that are listed.
  public static let maximumRegions = 16

  /// The size that was expected.
  public let expectedSize: Size
  /// The size that came.
  public let actualSize: Size
  /// Pixels that are not the same, with those that only one of the images has.
  public let differingPixels: UInt64
  /// Pixels that at least one of the images has.
  public let allPixels: UInt64
  /// Bits of a sample: 8, or 16 when one of the images needs them. They say what the steps of the channels are.
  public let bits: Int
  /// How far each channel is off where both have pixels.
  public let red, green, blue, alpha: ChannelDelta
  /// The smallest rectangle around all pixels that differ.
  public let boundingBox: Rectangle
  /// How many regions differ: groups of pixels that lie close together.
  public let regionCount: Int
  /// The boxes around the largest of them, the largest first.
  public let regions: [Rectangle]
  /// Explanations; empty when no known transformation explains the difference.
  public internal(set) var diagnoses: [Diagnosis]

  /// The part of ``allPixels`` that differs: above 0, at most 1.
  public var share: Double { Double(differingPixels) / Double(allPixels) }

  /// The largest deviation of any channel, in the steps of the channels; nil when the sizes differ.
  public var smallestTolerance: Int? {
    expectedSize == actualSize ? [red, green, blue, alpha].map(\.magnitude).max() : nil
  }

  /// Compares two images; nil when they are the same, pixel by pixel.
  ///
  /// They are the same as `Image.hasSamePixels(as:)` defines it. When one has 16 bits a sample, they are compared in 16
  /// bits. Images of different size are laid on each other by their top left corners. The time is bounded by the number
  /// of pixels, whatever they are. Throws when there is no memory to compare them.
  public init?(expected: Image, actual: Image) throws(SurfaceError) {
    if expected.hasSamePixels(as: actual) { return nil }
    let (old, new) = (expected.size, actual.size)
    let pixels = try ComparedPixels(expected: expected, actual: actual)
    let measurement = Measurement(pixels)
    let common = pixels.common
    let outside = old.area + new.area - 2 * common.area
    guard measurement.count + outside > 0 else { return nil }
    let regions = measurement.regions.regions() + Self.margins(old, new)
    let box = regions.reduce(Rectangle(x: 0, y: 0, width: 0, height: 0)) { $0.union($1) }
    expectedSize = old
    actualSize = new
    differingPixels = measurement.count + outside
    allPixels = common.area + outside
    bits = pixels.bits
    (red, green, blue, alpha) = (measurement.red, measurement.green, measurement.blue, measurement.alpha)
    boundingBox = box
    regionCount = regions.count
    self.regions = Array(regions.prefix(Self.maximumRegions))
    diagnoses =
      old == new
      ? Explanation(pixels: pixels, measurement: measurement, boundingBox: box).diagnoses()
      : [.size(expected: old, actual: new)] + (Explanation.onlyColor(of: pixels).map { [$0] } ?? [])
  }

  /// The parts that only one of two images has, laid on each other.
  static func margins(_ one: Size, _ other: Size) -> [Rectangle] {
    let (narrow, wide) = (min(one.width, other.width), max(one.width, other.width))
    let (low, high) = (min(one.height, other.height), max(one.height, other.height))
    let heightOfWider = one.width > other.width ? one.height : other.height
    let widthOfHigher = one.height > other.height ? one.width : other.width
    return [
      Rectangle(x: narrow, y: 0, width: wide - narrow, height: heightOfWider),
      Rectangle(x: 0, y: low, width: widthOfHigher, height: high - low),
    ].filter { !$0.isEmpty }
  }
}

extension ImageDifference {
  /// The numbers and the diagnosis as lines of text, the most important first.
  public var lines: [String] {
    var lines = diagnoses.map(\.description)
    let places = regionCount == 1 ? "in \(boundingBox)" : "in \(regionCount) regions inside \(boundingBox)"
    lines.append("\(differingPixels) of \(allPixels) pixels differ (\(percent)), \(places)")
    if expectedSize == actualSize {
      let channels = "red \(red), green \(green), blue \(blue)\(alpha.magnitude > 0 ? ", alpha \(alpha)" : "")"
      lines.append(bits == 8 ? channels : "\(channels), of \(1 << bits - 1)")
    }
    return lines
  }

  private var percent: String {
    // Rounded down, so that 100 % are all.
    let hundredths = differingPixels * 10000 / allPixels
    if hundredths == 0 { return "less than 0.01 %" }
    return "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10) %"
  }
}

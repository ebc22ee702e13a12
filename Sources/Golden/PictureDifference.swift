public import Display
public import PNG

/// How two pictures differ, in numbers, with what may have happened.
public struct PictureDifference: Sendable, Hashable, Codable {
  /// The most regions that are listed.
  public static let mostRegions = 16

  /// The size that was expected.
  public let expectedSize: Size
  /// The size that came.
  public let actualSize: Size
  /// Pixels that are not the same, with those that only one of the pictures has.
  public let differingPixels: UInt64
  /// Pixels that at least one of the pictures has.
  public let allPixels: UInt64
  /// How far each channel is off where both have pixels.
  public let red, green, blue, alpha: ChannelDelta
  /// The smallest rectangle around all that differs.
  public let boundingBox: Rectangle
  /// How many regions differ: groups of pixels that lie close together.
  public let regionCount: Int
  /// The boxes around the largest of them, the largest first.
  public let regions: [Rectangle]
  /// What may have happened; empty when nothing simple explains it.
  public internal(set) var diagnoses: [Diagnosis]

  /// The part of ``allPixels`` that differs: above 0, at most 1.
  public var share: Double { Double(differingPixels) / Double(allPixels) }

  /// How far off every channel of every pixel may be for the pictures to count as the same, in steps of 1/255; nil when
  /// no tolerance helps, because the sizes differ.
  public var smallestTolerance: Int? {
    expectedSize == actualSize ? [red, green, blue, alpha].map(\.magnitude).max() : nil
  }

  /// Compares two pictures; nil when they are the same, pixel by pixel.
  ///
  /// An opaque picture counts as one whose alpha is 255 everywhere. Pictures of different size are laid on each other
  /// by their top left corners. Throws when there is no memory for another picture of that size.
  public init?(expected: Picture, actual: Picture) throws(SurfaceError) {
    let (old, new) = (expected.surface, actual.surface)
    let isSameSize = old.size == new.size
    if isSameSize, expected.kind == actual.kind, expected.hasSamePixels(as: actual) { return nil }
    let measurement = Measurement(expected: old, actual: new)
    let common = Size(width: min(old.size.width, new.size.width), height: min(old.size.height, new.size.height))
    let outside = old.size.area + new.size.area - 2 * common.area
    guard measurement.count + outside > 0 else { return nil }
    let regions = measurement.regions.regions() + Self.margins(old.size, new.size)
    let box = regions.reduce(Rectangle(x: 0, y: 0, width: 0, height: 0)) { $0.union($1) }
    let explanation = Explanation(expected: old, actual: new, measurement: measurement, boundingBox: box)
    expectedSize = old.size
    actualSize = new.size
    differingPixels = measurement.count + outside
    allPixels = common.area + outside
    (red, green, blue, alpha) = (measurement.red, measurement.green, measurement.blue, measurement.alpha)
    boundingBox = box
    regionCount = regions.count
    self.regions = Array(regions.prefix(Self.mostRegions))
    diagnoses =
      isSameSize
      ? try explanation.diagnoses()
      : [.size(expected: old.size, actual: new.size)] + (Explanation.onlyColor(of: new).map { [$0] } ?? [])
  }

  /// The parts that only one of two pictures has, laid on each other.
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

extension PictureDifference {
  /// The numbers and the diagnosis in lines for people, the most telling first.
  public var lines: [String] {
    var lines = diagnoses.map(\.description)
    let places = regionCount == 1 ? "in \(boundingBox)" : "in \(regionCount) regions inside \(boundingBox)"
    lines.append("\(differingPixels) of \(allPixels) pixels differ (\(percent)), \(places)")
    let channels = "red \(red), green \(green), blue \(blue)\(alpha.magnitude > 0 ? ", alpha \(alpha)" : "")"
    if let smallestTolerance {
      lines.append("\(channels); a tolerance of \(smallestTolerance) in each channel would pass")
    }
    return lines
  }

  private var percent: String {
    let hundredths = Int((share * 10000).rounded())
    if hundredths == 0 { return "less than 0.01 %" }
    return "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10) %"
  }
}

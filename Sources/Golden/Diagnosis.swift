public import Display
public import Frames

/// Explanation of a difference. A transformation is named only if it turns the expected image exactly into the actual
/// one, in its box or, without a box, in the whole image. Others follow from the channel differences alone.
public enum Diagnosis: Sendable, Hashable, Codable {
  /// They differ in size.
  case size(expected: Size, actual: Size)
  /// Every pixel of the actual image has one colour: nothing was drawn, or nothing was captured.
  case plain(red: UInt8, green: UInt8, blue: UInt8)
  /// Red and blue changed places: the two sides disagree on the order of bytes.
  case redBlueSwapped
  /// The rows are in reverse order.
  case upsideDown
  /// What lies within the rectangle of the actual image moved there, by so many pixels to the right and down.
  case shifted(x: Int, y: Int, within: Rectangle)
  /// Only this channel differs.
  case oneChannel(Channel)
  /// No channel of any pixel is off by more than one.
  case rounding
  /// The image is the golden of another frame: one came too early or too late.
  case otherGolden(FrameName)
}

extension Diagnosis: CustomStringConvertible {
  /// A sentence without its stop.
  public var description: String {
    switch self {
    case .size(let expected, let actual): "the size is \(actual) instead of \(expected)"
    case .plain(let red, let green, let blue):
      "every pixel has the same colour: red \(red), green \(green), blue \(blue)"
    case .redBlueSwapped: "red and blue are swapped"
    case .upsideDown: "the image is upside down"
    case .shifted(let x, let y, let area):
      "the content of \(area) moved \(Self.distance(x, y))"
    case .oneChannel(let channel): "only the \(channel.rawValue) channel differs"
    case .rounding: "no value is off by more than 1, as by rounding"
    case .otherGolden(let name): "the image is the golden of \(name)"
    }
  }

  /// `3 pixels right and 1 up`, without what is zero.
  private static func distance(_ x: Int, _ y: Int) -> String {
    let parts = [(x, "right", "left"), (y, "down", "up")].filter { $0.0 != 0 }
    let words = parts.enumerated().map { index, part in
      let unit = index > 0 ? "" : abs(part.0) == 1 ? " pixel" : " pixels"
      return "\(abs(part.0))\(unit) \(part.0 > 0 ? part.1 : part.2)"
    }
    return words.joined(separator: " and ")
  }
}

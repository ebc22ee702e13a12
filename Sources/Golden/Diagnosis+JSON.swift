internal import Display
internal import Frames

/// The form for programs: an object with a `kind`, and what belongs to that kind.
extension Diagnosis {
  private enum CodingKeys: String, CodingKey {
    case kind, expected, actual, red, green, blue, x, y, within, channel, frame
  }

  private enum Kind: String, Codable {
    case size
    case plain
    case redBlueSwapped = "red-blue-swapped"
    case upsideDown = "upside-down"
    case shifted
    case oneChannel = "one-channel"
    case rounding
    case otherGolden = "other-golden"
  }

  /// Reads the form for programs.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    switch try values.decode(Kind.self, forKey: .kind) {
    case .size:
      self = .size(
        expected: try values.decode(Size.self, forKey: .expected), actual: try values.decode(Size.self, forKey: .actual)
      )
    case .plain:
      self = .plain(
        red: try values.decode(UInt8.self, forKey: .red), green: try values.decode(UInt8.self, forKey: .green),
        blue: try values.decode(UInt8.self, forKey: .blue))
    case .redBlueSwapped: self = .redBlueSwapped
    case .upsideDown: self = .upsideDown
    case .shifted:
      self = .shifted(
        x: try values.decode(Int.self, forKey: .x), y: try values.decode(Int.self, forKey: .y),
        within: try values.decode(Rectangle.self, forKey: .within))
    case .oneChannel: self = .oneChannel(try values.decode(Channel.self, forKey: .channel))
    case .rounding: self = .rounding
    case .otherGolden: self = .otherGolden(try values.decode(FrameName.self, forKey: .frame))
    }
  }

  /// Writes the form for programs.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func write(_ kind: Kind) throws { try values.encode(kind, forKey: .kind) }
    switch self {
    case .size(let expected, let actual):
      try write(.size)
      try values.encode(expected, forKey: .expected)
      try values.encode(actual, forKey: .actual)
    case .plain(let red, let green, let blue):
      try write(.plain)
      try values.encode(red, forKey: .red)
      try values.encode(green, forKey: .green)
      try values.encode(blue, forKey: .blue)
    case .redBlueSwapped: try write(.redBlueSwapped)
    case .upsideDown: try write(.upsideDown)
    case .shifted(let x, let y, let area):
      try write(.shifted)
      try values.encode(x, forKey: .x)
      try values.encode(y, forKey: .y)
      try values.encode(area, forKey: .within)
    case .oneChannel(let channel):
      try write(.oneChannel)
      try values.encode(channel, forKey: .channel)
    case .rounding: try write(.rounding)
    case .otherGolden(let name):
      try write(.otherGolden)
      try values.encode(name, forKey: .frame)
    }
  }
}

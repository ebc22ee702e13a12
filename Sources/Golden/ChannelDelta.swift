/// How far one channel is off, over all pixels that differ: actual minus expected, in steps of 1/255.
public struct ChannelDelta: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The furthest below what was expected: -255 to 0.
  public private(set) var lowest = 0
  /// The furthest above: 0 to 255.
  public private(set) var highest = 0

  /// The larger of both, without its sign: the tolerance that this channel needs.
  public var magnitude: Int { max(-lowest, highest) }

  /// As people read it: `0`, `+7`, `-3…+12`.
  public var description: String {
    switch (lowest, highest) {
    case (0, 0): "0"
    case (0, _): "+\(highest)"
    case (_, 0): "\(lowest)"
    default: "\(lowest)…+\(highest)"
    }
  }

  mutating func note(_ delta: Int) {
    if delta < lowest { lowest = delta }
    if delta > highest { highest = delta }
  }
}

/// One of the four values of a pixel.
public enum Channel: String, Sendable, Hashable, Codable, CaseIterable {
  /// How much red.
  case red
  /// How much green.
  case green
  /// How much blue.
  case blue
  /// How much it covers.
  case alpha
}

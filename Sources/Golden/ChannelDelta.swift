/// How far one channel is off, over all pixels that differ: actual minus expected, in steps of 1/255, or of 1/65535 where
/// samples of 16 bits were compared.
public struct ChannelDelta: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The lowest of all: negative where the channel is below what was expected everywhere.
  public let lowest: Int
  /// The highest of all.
  public let highest: Int

  init(lowest: Int = 0, highest: Int = 0) {
    self.lowest = lowest
    self.highest = highest
  }

  /// The largest distance, without its sign.
  public var magnitude: Int { max(abs(lowest), abs(highest)) }

  /// As people read it: `0` or `+7` when it is the same for every pixel that differs, otherwise `-3…+12`, `-7…0`.
  public var description: String {
    lowest == highest ? Self.signed(lowest) : "\(Self.signed(lowest))…\(Self.signed(highest))"
  }

  private static func signed(_ value: Int) -> String { value > 0 ? "+\(value)" : "\(value)" }
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

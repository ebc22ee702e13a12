public import Display

/// The size of an output and its refresh rate.
public struct DisplayMode: Equatable, Sendable {
  /// Linux takes modes of 32 to 8192 pixels a side; below and above it shows nothing.
  public static let sides: ClosedRange<UInt32> = 32...8192
  /// What the timings in an EDID can hold, in thousandths of a hertz.
  public static let refreshRates: ClosedRange<UInt32> = 1000...1_000_000

  /// Size in pixels. The width needs no alignment: EDID's timings hold every pixel, and a driver without EDID rounds by
  /// itself.
  public let size: Size
  /// Refresh rate in thousandths of a hertz; nil: unspecified.
  public let refreshMillihertz: UInt32?

  /// A mode within the limits; nil beyond them.
  public init?(size: Size, refreshMillihertz: UInt32? = nil) {
    guard Self.sides.contains(size.width), Self.sides.contains(size.height) else { return nil }
    if let refreshMillihertz, !Self.refreshRates.contains(refreshMillihertz) { return nil }
    self.size = size
    self.refreshMillihertz = refreshMillihertz
  }

  /// A mode whose refresh rate is in hertz; nil beyond the limits.
  public init?(size: Size, hertz: Double) {
    // False for NaN.
    guard (1...1000).contains(hertz) else { return nil }
    self.init(size: size, refreshMillihertz: UInt32((hertz * 1000).rounded()))
  }

  /// The mode nearest to a requested size, of those that Linux takes from an EDID: Linux leaves out the
  /// timings of sides below 64.
  public init(nearest size: Size) {
    func clamp(_ side: UInt32) -> UInt32 { min(max(side, 64), Self.sides.upperBound) }
    self.size = Size(width: clamp(size.width), height: clamp(size.height))
    refreshMillihertz = nil
  }

  /// A mode as people write it: `1920x1080`, `1920x1080@59.94`.
  public init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let sides = parts[0].split(separator: "x", omittingEmptySubsequences: false).map { UInt32($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1] else { return nil }
    let size = Size(width: width, height: height)
    if parts.count == 1 {
      self.init(size: size)
    } else {
      guard let hertz = Double(parts[1]) else { return nil }
      self.init(size: size, hertz: hertz)
    }
  }
}

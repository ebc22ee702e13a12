public import Display

/// A connector as the guest sees it: a display with a preferred mode and a position, or nothing.
public struct Output: Equatable, Sendable {
  /// The preferred mode, in pixels.
  public var size: Size
  /// The position of its top left corner among the others, in pixels.
  public var position: Point
  /// The refresh rate, in thousandths of a hertz.
  public var refreshMillihertz: UInt32
  /// The visible area in millimetres.
  public var millimetres: Size
  /// False: nothing is plugged into the connector.
  public var isEnabled: Bool

  /// An enabled output of `size` at 96 pixels an inch, unless `millimetres` says otherwise.
  public init(
    size: Size, position: Point = .zero, refreshMillihertz: UInt32 = 60_000, millimetres: Size? = nil,
    isEnabled: Bool = true
  ) {
    self.size = size
    self.position = position
    self.refreshMillihertz = refreshMillihertz
    self.millimetres =
      millimetres
      ?? Size(
        width: UInt32(clamping: UInt64(size.width) * 254 / 960),
        height: UInt32(clamping: UInt64(size.height) * 254 / 960))
    self.isEnabled = isEnabled
  }

  /// A connector with nothing plugged in.
  public static let unplugged = Output(size: Size(width: 0, height: 0), isEnabled: false)
}

/// Point of the desktop that all outputs of a guest share, in units of the guest's absolute pointing devices.
public struct DesktopPoint: Hashable, Sendable {
  /// The highest value of each axis; the lowest is 0.
  ///
  /// 2²⁰ values hold two for each pixel of the widest desktop, 16 outputs of 8192 pixels, and products with sizes of screens
  /// still fit the 32-bit arithmetic of guests.
  public static let maximum: Int32 = (1 << 20) - 1

  /// Position from the left edge to the right one.
  public let x: Int32
  /// Position from the top edge to the bottom one.
  public let y: Int32

  /// The point at these values, which are brought into the range.
  public init(x: Int32, y: Int32) {
    self.x = min(max(x, 0), Self.maximum)
    self.y = min(max(y, 0), Self.maximum)
  }
}

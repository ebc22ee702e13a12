/// Desktop of a guest: the smallest rectangle around all of its outputs, which absolute pointing devices span.
///
/// This is the only transform between pixels of scanouts and values of pointing devices. Each pixel has values in its middle,
/// so that a guest which divides the range by the desktop's size finds the same pixel again.
public struct Desktop: Equatable, Sendable {
  /// Place of one scanout on the desktop.
  public struct Place: Equatable, Sendable {
    /// The scanout.
    public let scanout: ScanoutID
    /// Its top left corner, in pixels of the desktop.
    public let position: Point
    /// What it shows, in pixels.
    public let size: Size

    /// The place of a scanout.
    public init(scanout: ScanoutID, position: Point, size: Size) {
      self.scanout = scanout
      self.position = position
      self.size = size
    }
  }

  /// The scanouts that have pixels.
  public let places: [Place]
  private let left: Int64
  private let top: Int64
  private let width: Int64
  private let height: Int64

  /// The desktop of these places; those without a pixel are left out.
  public init(_ places: [Place]) {
    self.places = places.filter { !$0.size.isEmpty }
    left = self.places.map { Int64($0.position.x) }.min() ?? 0
    top = self.places.map { Int64($0.position.y) }.min() ?? 0
    // Positions have 32 bits, and sizes as well: sums and their products with the range fit into 64.
    width = (self.places.map { Int64($0.position.x) + Int64($0.size.width) }.max() ?? 0) - left
    height = (self.places.map { Int64($0.position.y) + Int64($0.size.height) }.max() ?? 0) - top
  }

  /// The size of what a scanout shows; nil: it is not on the desktop.
  public func size(of scanout: ScanoutID) -> Size? {
    places.first { $0.scanout == scanout }?.size
  }

  /// The point of a pixel of a scanout, or of the pixel that is nearest; nil: the scanout is not on the desktop.
  public func point(at pixel: Point, of scanout: ScanoutID) -> DesktopPoint? {
    guard let place = places.first(where: { $0.scanout == scanout }) else { return nil }
    return DesktopPoint(
      x: Self.value(pixel.x, place.size.width, Int64(place.position.x) - left, width),
      y: Self.value(pixel.y, place.size.height, Int64(place.position.y) - top, height))
  }

  /// The value of a pixel's middle: `pixel` of `count`, which begin at `start` of `total` pixels.
  private static func value(_ pixel: Int32, _ count: UInt32, _ start: Int64, _ total: Int64) -> Int32 {
    let place = start + min(max(Int64(pixel), 0), Int64(count) - 1)
    return Int32(clamping: (2 * place + 1) * (Int64(DesktopPoint.maximum) + 1) / (2 * total))
  }
}

/// Point in pixels, x to the right and y downwards, from the top left corner of a scanout or a surface.
///
/// Negative values lie left of or above it: a cursor that is partly outside has such a position.
public struct Point: Hashable, Sendable, Codable {
  /// Pixels to the right.
  public var x: Int32
  /// Pixels downwards.
  public var y: Int32

  /// The point `x` pixels to the right and `y` down.
  public init(x: Int32, y: Int32) {
    self.x = x
    self.y = y
  }

  /// The top left corner.
  public static let zero = Point(x: 0, y: 0)
}

/// Width and height in pixels.
public struct Size: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Pixels in a row.
  public var width: UInt32
  /// Rows.
  public var height: UInt32

  /// `width` pixels by `height` rows.
  public init(width: UInt32, height: UInt32) {
    self.width = width
    self.height = height
  }

  /// True when there is no pixel at all.
  public var isEmpty: Bool { width == 0 || height == 0 }

  /// How many pixels there are; cannot overflow.
  public var area: UInt64 { UInt64(width) * UInt64(height) }

  /// As people write it: `640x480`.
  public var description: String { "\(width)x\(height)" }
}

/// Rectangle of pixels, by its top left corner. No operation overflows, whatever the numbers are.
public struct Rectangle: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The left edge.
  public var x: UInt32
  /// The top edge.
  public var y: UInt32
  /// Pixels in a row.
  public var width: UInt32
  /// Rows.
  public var height: UInt32

  /// The rectangle with its corner at (`x`, `y`).
  public init(x: UInt32, y: UInt32, width: UInt32, height: UInt32) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// All pixels of a surface of this size.
  public init(_ size: Size) {
    self.init(x: 0, y: 0, width: size.width, height: size.height)
  }

  /// Its width and height.
  public var size: Size { Size(width: width, height: height) }

  /// True when it holds no pixel.
  public var isEmpty: Bool { size.isEmpty }

  /// The first column to the right of it.
  public var endX: UInt64 { UInt64(x) + UInt64(width) }

  /// The first row below it.
  public var endY: UInt64 { UInt64(y) + UInt64(height) }

  /// True when it lies inside a surface of this size; an empty rectangle may lie on the edge.
  public func isInside(_ size: Size) -> Bool {
    endX <= UInt64(size.width) && endY <= UInt64(size.height)
  }

  /// The pixels that both have; nil when there is none.
  public func intersection(_ other: Rectangle) -> Rectangle? {
    let left = max(x, other.x)
    let top = max(y, other.y)
    let right = min(endX, other.endX)
    let bottom = min(endY, other.endY)
    guard right > UInt64(left), bottom > UInt64(top) else { return nil }
    return Rectangle(
      x: left, y: top, width: UInt32(right - UInt64(left)), height: UInt32(bottom - UInt64(top)))
  }

  /// The smallest rectangle around both, as far as coordinates reach; an empty one adds nothing.
  public func union(_ other: Rectangle) -> Rectangle {
    if isEmpty { return other }
    if other.isEmpty { return self }
    let left = min(x, other.x)
    let top = min(y, other.y)
    return Rectangle(
      x: left, y: top,
      width: UInt32(clamping: max(endX, other.endX) - UInt64(left)),
      height: UInt32(clamping: max(endY, other.endY) - UInt64(top)))
  }

  /// As people write it: `640x480+10+20`.
  public var description: String { "\(width)x\(height)+\(x)+\(y)" }
}

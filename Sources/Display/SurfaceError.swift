/// Thrown when a surface cannot be made: its size is not allowed, or the memory for it is not there.
public struct SurfaceError: Error, Equatable, CustomStringConvertible {
  /// The size that was asked for.
  public let size: Size
  /// The format that was asked for.
  public let format: PixelFormat

  /// An error about a surface of this size and format.
  public init(size: Size, format: PixelFormat) {
    self.size = size
    self.format = format
  }

  /// A sentence.
  public var description: String {
    "a surface of \(size) \(format.rawValue) pixels cannot be made: its sides must be 1 to "
      + "\(Surface.largestSide) pixels, and the memory must be there"
  }
}

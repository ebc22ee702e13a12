public import LinuxIO

/// Where the pixels of a surface lie in a file, for another process to map.
///
/// Rows lie ``stride`` bytes apart, from the first pixel at ``offset``. The file may be larger, and the rest of it may hold
/// anything: for a blob of a guest it is the guest's memory.
public struct SurfaceFile: Sendable {
  /// The modifier of pixels that lie row by row. DRM calls it `DRM_FORMAT_MOD_LINEAR`.
  public static let linear: UInt64 = 0

  /// The file. It stays open as long as this value lives.
  public let file: Descriptor
  /// Where the first pixel lies in the file, in bytes.
  public let offset: UInt64
  /// Bytes from a pixel to the one below it.
  public let stride: Int
  /// How the pixels lie in memory, in the numbers of DRM's format modifiers.
  public let modifier: UInt64

  /// Pixels of `file` from `offset`.
  public init(file: Descriptor, offset: UInt64, stride: Int, modifier: UInt64 = linear) {
    self.file = file
    self.offset = offset
    self.stride = stride
    self.modifier = modifier
  }
}

internal import Display
internal import VirtioGPU

/// Size and format of a texture with one layer and one sample a pixel, which can be read into a surface.
struct FlatTexture {
  let size: Size
  /// `enum virgl_formats`.
  let format: UInt32
}

extension ResourceCreate3D {
  /// The resource as a flat texture; nil when it is none.
  var flatTexture: FlatTexture? {
    let (flat, rectangular): (UInt32, UInt32) = (2, 5)
    guard target == flat || target == rectangular, depth <= 1, arraySize <= 1, sampleCount <= 1 else { return nil }
    return FlatTexture(size: Size(width: width, height: height), format: format)
  }
}

internal import CPixels
internal import Display
internal import PNG

/// The pixels of two images in one form: eight bits a channel, or 16 where one of the images has 16.
struct ComparedPixels {
  private enum Plane {
    /// Blue, green, red, alpha.
    case shallow(Surface)
    /// Red, green, blue, alpha.
    case deep(DeepSamples)

    @unsafe
    func withImage<Result>(_ body: (cpixels_image) -> Result) -> Result {
      // Safe: the pixels are there while the plane is, which is longer than the call.
      switch self {
      case .shallow(let surface):
        unsafe surface.withPixels { pixels in
          unsafe body(
            cpixels_image(pixels: UnsafePointer(pixels.assumingMemoryBound(to: UInt8.self)), stride: surface.stride))
        }
      case .deep(let deep):
        unsafe deep.withSamples { samples in
          unsafe body(
            cpixels_image(
              pixels: UnsafeRawPointer(samples).assumingMemoryBound(to: UInt8.self),
              stride: Int(deep.size.width) * DeepSamples.channels * 2))
        }
      }
    }
  }

  private let expected: Plane
  private let actual: Plane
  /// The sizes of both.
  let expectedSize, actualSize: Size
  /// Bits of a channel: 8 or 16.
  let bits: Int

  /// Converts an image of 8 bits to 16 when the other has 16. Throws when there is no memory for that.
  init(expected: Image, actual: Image) throws(SurfaceError) {
    expectedSize = expected.size
    actualSize = actual.size
    if expected.deep == nil, actual.deep == nil {
      bits = 8
      self.expected = .shallow(expected.surface)
      self.actual = .shallow(actual.surface)
    } else {
      bits = 16
      self.expected = .deep(try expected.samples())
      self.actual = .deep(try actual.samples())
    }
  }

  /// Bytes of a pixel.
  var bytes: UInt32 { bits == 8 ? 4 : 8 }

  /// The size of the area that both images have, from the top left corner.
  var common: Size {
    Size(width: min(expectedSize.width, actualSize.width), height: min(expectedSize.height, actualSize.height))
  }

  /// In which order the channels lie in memory.
  var channels: [Channel] { bits == 8 ? [.blue, .green, .red, .alpha] : [.red, .green, .blue, .alpha] }

  /// Lends both images. The pointers must not leave the closure.
  @unsafe
  func withImages<Result>(_ body: (_ expected: cpixels_image, _ actual: cpixels_image) -> Result) -> Result {
    // Safe: what is lent is passed on.
    unsafe expected.withImage { first in unsafe actual.withImage { unsafe body(first, $0) } }
  }
}

extension cpixels_box {
  init(_ box: Rectangle) {
    self.init(x: box.x, y: box.y, width: box.width, height: box.height)
  }
}

internal import CPixels
public import Display
internal import Glibc

/// The samples of an image with 16 bits a channel: red, green, blue, alpha, in rows without gaps.
///
/// Only images that need them have these: where each sample is one of eight bits times 257, eight bits say the same. They
/// are written while the file is read, and never afterwards, so any thread may read them.
@safe
public final class DeepSamples: @unchecked Sendable {
  /// Values of a pixel.
  public static let channels = 4

  /// Width and height in pixels.
  public let size: Size
  private let memory: UnsafeMutablePointer<UInt16>

  /// Samples that are all zero; nil when there is no memory.
  init?(size: Size) {
    guard Image.canHave(size) else { return nil }
    // Safe: `deinit` gives it back. The largest image has 2^27 pixels, so nothing overflows.
    guard let memory = unsafe calloc(Int(size.area), Self.channels * MemoryLayout<UInt16>.stride) else { return nil }
    // Safe: nothing else uses the memory.
    unsafe self.memory = memory.bindMemory(to: UInt16.self, capacity: Int(size.area) * Self.channels)
    self.size = size
  }

  // Safe: made by `init`, given back once.
  deinit { unsafe free(memory) }

  /// How many samples there are: four for each pixel.
  public var count: Int { Int(size.area) * Self.channels }

  /// Lends the samples. The pointer must not leave the closure.
  @unsafe
  public func withSamples<Result>(_ body: (UnsafePointer<UInt16>) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(UnsafePointer(memory))
  }

  /// Lends the samples to be filled.
  @unsafe
  func withMutableSamples<Result>(_ body: (UnsafeMutablePointer<UInt16>) -> Result) -> Result {
    defer { withExtendedLifetime(self) {} }
    return unsafe body(memory)
  }

  /// True when eight bits a sample do not say all of it.
  var needSixteenBits: Bool {
    // Safe: `count` samples are there.
    unsafe withSamples { unsafe cpixels_needs_sixteen_bits($0, count) != 0 }
  }

  /// Makes every pixel opaque.
  func fillAlpha() {
    // Safe: so many pixels of eight bytes are there.
    unsafe withMutableSamples { samples in
      unsafe cpixels_fill_alpha(
        UnsafeMutableRawPointer(samples).assumingMemoryBound(to: UInt8.self), Int(size.area), 8)
    }
  }

  /// True when no pixel is transparent.
  var isOpaque: Bool {
    // Safe: as in `fillAlpha`.
    unsafe withSamples { samples in
      unsafe cpixels_is_opaque(UnsafeRawPointer(samples).assumingMemoryBound(to: UInt8.self), Int(size.area), 8) != 0
    }
  }
}

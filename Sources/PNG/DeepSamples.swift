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
    guard Picture.canHave(size) else { return nil }
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

  /// Lends the samples to who fills them.
  @unsafe
  func withMutableSamples<Result>(_ body: (UnsafeMutablePointer<UInt16>) -> Result) -> Result {
    defer { withExtendedLifetime(self) {} }
    return unsafe body(memory)
  }

  /// True when eight bits a sample do not say all of it.
  var needSixteenBits: Bool {
    // Safe: `count` samples are there.
    unsafe withSamples { samples in
      var rest: UInt16 = 0
      var index = 0
      while index < count {
        // Looked at in parts, so that most images are known after the first.
        let end = min(index + 4096, count)
        while index < end {
          // Safe: as above.
          let sample = unsafe samples[index]
          rest |= sample >> 8 ^ sample & 0xFF
          index += 1
        }
        if rest != 0 { return true }
      }
      return false
    }
  }

  /// Makes every pixel opaque.
  func fillAlpha() {
    // Safe: as in `needSixteenBits`.
    unsafe withMutableSamples { samples in
      for index in stride(from: Self.channels - 1, to: count, by: Self.channels) { unsafe samples[index] = .max }
    }
  }

  /// True when no pixel is transparent.
  var isOpaque: Bool {
    // Safe: as in `needSixteenBits`.
    unsafe withSamples { samples in
      stride(from: Self.channels - 1, to: count, by: Self.channels).allSatisfy { unsafe samples[$0] == .max }
    }
  }
}

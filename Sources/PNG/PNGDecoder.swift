internal import CPNGRead
internal import Display

/// Decodes the bytes of files whose chunks have been checked, by libpng's full interface.
enum PNGDecoder {
  /// An image that cannot be decoded. The reason is libpng's message, or ours.
  struct Failure: Error {
    let reason: String
  }

  /// Decodes a file as an image of a kind. `isOpaque`: the file has no alpha. `isOurs`: it
  /// says that our encoder wrote it.
  static func decode(
    _ bytes: [UInt8], _ header: PNGHeader, _ kind: Image.Kind, isOpaque: Bool, isOurs: Bool
  ) throws(Failure) -> Image {
    guard let surface = try? Surface(size: header.size, format: .b8g8r8a8) else {
      throw Failure(reason: "there is no memory for \(header.size) pixels")
    }
    var samples: DeepSamples?
    if header.bits == 16 {
      samples = DeepSamples(size: header.size)
      guard samples != nil else { throw Failure(reason: "there is no memory for \(header.size) pixels of 16 bits") }
    }
    try read(bytes, header, surface, samples, isOurs: isOurs)
    if kind == .opaque, !isOpaque {
      samples?.fillAlpha()
      Image.fillAlpha(of: surface)
    }
    return Image(surface: surface, deep: samples.flatMap { $0.needSixteenBits ? $0 : nil }, kind: kind)
  }

  private static func read(
    _ bytes: [UInt8], _ header: PNGHeader, _ surface: Surface, _ samples: DeepSamples?, isOurs: Bool
  ) throws(Failure) {
    var message = [CChar](repeating: 0, count: Int(CPNGREAD_MESSAGE))
    let expected = cpngread_header(
      width: header.size.width, height: header.size.height, bits: header.bits, color_type: header.colorType,
      is_interlaced: header.isInterlaced ? 1 : 0, is_ours: isOurs ? 1 : 0)
    // Safe: surface and samples have as many pixels as the header says, in rows without gaps, and are lent for the call
    // as the bytes and the message are, whose length is what the function writes at most.
    let result = unsafe surface.withPixels { pixels in
      unsafe withOptionalSamples(samples) { samples in
        let target = unsafe cpngread_target(pixels: pixels.assumingMemoryBound(to: UInt8.self), samples: samples)
        return unsafe cpngread_decode(bytes, bytes.count, expected, target, &message)
      }
    }
    guard result != 0 else { return }
    throw Failure(reason: String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  @unsafe
  private static func withOptionalSamples<Result>(
    _ samples: DeepSamples?, _ body: (UnsafeMutablePointer<UInt16>?) -> Result
  ) -> Result {
    // Safe: the pointer is passed on to a call that does not keep it.
    if let samples { unsafe samples.withMutableSamples { unsafe body($0) } } else { body(nil) }
  }
}

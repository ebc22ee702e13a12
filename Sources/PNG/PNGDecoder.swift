internal import CPNG
internal import Display

/// libpng's simplified interface, whose errors come back as values: its full one jumps over Swift's frames.
enum PNGDecoder {
  /// libpng's words for what is wrong.
  struct Failure: Error {
    let words: String
  }

  /// Decodes the bytes of a file, whose header promises `size`, as a picture of a kind.
  static func decode(_ bytes: [UInt8], _ size: Size, _ kind: Picture.Kind) throws(Failure) -> Picture {
    // Safe: the image is a local that every call below is given, and is freed before it goes.
    var image = unsafe png_image()
    unsafe image.version = UInt32(PNG_IMAGE_VERSION)
    // Safe: as above.
    defer { unsafe png_image_free(&image) }
    let result: Result<Picture, Failure> = unsafe bytes.withUnsafeBytes { bytes in
      // Safe: libpng keeps the pointer to the bytes until it has read them, inside this closure.
      guard unsafe png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
        return unsafe .failure(Failure(image))
      }
      // Safe: these are plain numbers in a local.
      guard unsafe image.width == size.width, unsafe image.height == size.height else {
        return .failure(Failure(words: "its header changed while it was read"))
      }
      // Safe: as above; the format is chosen before the pixels are asked for.
      let hasAlpha = unsafe image.format & PNG_FORMAT_FLAG_ALPHA != 0
      unsafe image.format = PNG_FORMAT_BGRA
      guard let picture = try? Picture(size: size, kind: hasAlpha ? .alpha : .opaque) else {
        return .failure(Failure(words: "there is no memory for \(size) pixels"))
      }
      // Safe: the surface has exactly the rows that the image asks for; a file without alpha gives 255.
      let isRead = unsafe picture.surface.withPixels { pixels in
        unsafe png_image_finish_read(&image, nil, pixels, Int32(picture.surface.stride), nil) != 0
      }
      // Safe: the message is copied.
      return isRead ? .success(picture) : unsafe .failure(Failure(image))
    }
    let picture = try result.get()
    guard kind != picture.kind else { return picture }
    do throws(SurfaceError) {
      return try picture.converted(to: kind)
    } catch {
      throw Failure(words: "\(error)")
    }
  }
}

extension PNGDecoder.Failure {
  /// What libpng left in the image.
  @unsafe
  fileprivate init(_ image: png_image) {
    // Safe: the message is a local copy that ends with a zero.
    words = unsafe withUnsafeBytes(of: image.message) { message in
      unsafe String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

internal import CPixman

extension Surface {
  /// A copy of this image in another size and format, by bilinear interpolation. Where the source has no alpha, the alpha of
  /// the copy is 255.
  package func scaled(to size: Size, format: PixelFormat) throws(SurfaceError) -> Surface {
    // The transform belongs to the image, and other threads may read this one: it is set on a copy.
    let (source, result) = (try Surface(size: self.size, format: format), try Surface(size: size, format: format))
    source.copy(Rectangle(self.size), of: self, to: .zero)
    var transform = pixman_transform_t()
    // A side has at most 32767 pixels, so 16 fractional bits fit in 32.
    let one = Int64(1) << 16
    // Safe: the locals live across the calls, which keep no pointer to them; both images are this function's own, and pixman
    // clips.
    unsafe pixman_transform_init_scale(
      &transform, Int32(clamping: Int64(self.size.width) * one / Int64(size.width)),
      Int32(clamping: Int64(self.size.height) * one / Int64(size.height)))
    unsafe source.withImage { image in
      unsafe pixman_image_set_transform(image, &transform)
      unsafe pixman_image_set_filter(image, PIXMAN_FILTER_BILINEAR, nil, 0)
      unsafe pixman_image_set_repeat(image, PIXMAN_REPEAT_PAD)
    }
    result.copy(scaledFrom: source)
    return result
  }

  private func copy(scaledFrom source: Surface) {
    unsafe source.withImage { from in
      unsafe withImage { to in
        // Safe: pixman clips to this image, and repeats the edge of the source.
        unsafe pixman_image_composite32(
          PIXMAN_OP_SRC, from, nil, to, 0, 0, 0, 0, 0, 0, Int32(size.width), Int32(size.height))
      }
    }
  }
}

/// A command of virgl's protocol and how many words follow its header.
struct VirglForm {
  let number: UInt8
  let object: UInt8
  let fixed: Int
  let repeated: Int

  private init(_ number: UInt8, object: UInt8 = 0, _ fixed: Int, repeated: Int = 0) {
    self.number = number
    self.object = object
    self.fixed = fixed
    self.repeated = repeated
  }

  /// All but those that ``Choices/commands()`` makes by themselves.
  static let all: [VirglForm] =
    [
      // Objects: blend, rasterizer, depth and stencil, vertex elements, sampler view and state, query, stream output,
      // surface of samples.
      VirglForm(1, object: 1, 11), VirglForm(1, object: 2, 9), VirglForm(1, object: 3, 5),
      VirglForm(1, object: 5, 1, repeated: 4), VirglForm(1, object: 6, 6), VirglForm(1, object: 7, 9),
      VirglForm(1, object: 9, 4), VirglForm(1, object: 10, 4), VirglForm(1, object: 11, 6),
    ]
    // To bind objects and to end them.
    + (1...10).flatMap { [VirglForm(2, object: $0, 1), VirglForm(3, object: $0, 1)] }
    + [
      // Viewports, framebuffer, vertex buffers, clearing, drawing.
      VirglForm(4, 1, repeated: 6), VirglForm(5, 2, repeated: 1), VirglForm(6, 0, repeated: 3), VirglForm(7, 8),
      VirglForm(8, 12),
      // Sampler views, indexes, constants, stencil, blend colour, scissors, blit.
      VirglForm(10, 2, repeated: 1), VirglForm(11, 3), VirglForm(12, 2, repeated: 4), VirglForm(13, 1),
      VirglForm(14, 4), VirglForm(15, 1, repeated: 2), VirglForm(16, 21),
      // Sampler states, queries, stipple, clip, sample mask, stream output, condition, uniforms.
      VirglForm(18, 2, repeated: 1), VirglForm(19, 1), VirglForm(20, 1), VirglForm(21, 2), VirglForm(22, 32),
      VirglForm(23, 32), VirglForm(24, 1), VirglForm(25, 1, repeated: 1), VirglForm(26, 3), VirglForm(27, 5),
      // Contexts inside a context, shaders, tessellation, samples, shader buffers and images, barriers, grids.
      VirglForm(28, 1), VirglForm(29, 1), VirglForm(30, 1), VirglForm(31, 2), VirglForm(32, 6), VirglForm(33, 1),
      VirglForm(34, 2, repeated: 3), VirglForm(35, 2, repeated: 5), VirglForm(36, 1), VirglForm(37, 8),
      VirglForm(38, 2), VirglForm(39, 1), VirglForm(40, 2, repeated: 3), VirglForm(42, 6),
      // Transfers inside a stream, tweaks, clearing a texture, types, memory, markers.
      VirglForm(43, 13), VirglForm(44, 0), VirglForm(45, 14), VirglForm(46, 2), VirglForm(47, 12),
      VirglForm(49, 6, repeated: 3), VirglForm(50, 1), VirglForm(51, 1, repeated: 1),
    ]
}

internal import Display

/// What the device knows of a texture of a renderer.
struct Texture {
  /// Its width and height in texels.
  let size: Size
  /// Its pixel format; nil: a scanout cannot show it.
  let format: PixelFormat?

  init(_ command: ResourceCreate3D) {
    size = Size(width: command.width, height: command.height)
    // Only flat images are shown: 2D and rectangle textures (`PIPE_TEXTURE_2D`, `PIPE_TEXTURE_RECT`).
    format = command.target == 2 || command.target == 5 ? PixelFormat(wire: command.format) : nil
  }
}

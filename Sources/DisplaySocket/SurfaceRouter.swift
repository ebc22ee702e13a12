internal import Display
internal import LinuxIO

/// The way that a surface takes to the front end.
enum SurfaceRoute {
  /// Its pixels go over the socket, from an image that any thread may read.
  case pixels(Surface)
  /// Its file is a dma-buf that the front end imports.
  case buffer(SurfaceFile)
  /// The front end maps its file.
  case file(SurfaceFile)
}

/// Chooses the way of a surface to the front end.
struct SurfaceRouter {
  /// What both ends agreed on; empty also while that is unknown.
  let features: DisplayFeatures
  let isDMABuf: (Descriptor) -> Bool

  /// The route of a surface. An image that is a copy has all pixels of the surface. `spare` is a copy that may be used
  /// again.
  ///
  /// A dma-buf is shown by QEMU from its first byte, so its pixels have to begin there.
  func route(_ surface: Surface, file: SurfaceFile?, spare: Surface?) throws(SurfaceError) -> SurfaceRoute {
    if let sent = route(file) { return sent }
    // Read in place: it has the byte order of the protocol, whatever the fourth byte means, and stays.
    if surface.ownsMemory, surface.format.opaque == .b8g8r8x8 { return .pixels(surface) }
    let copy =
      if let spare, spare.size == surface.size { spare } else { try Surface(size: surface.size, format: .b8g8r8x8) }
    copy.copy(Rectangle(surface.size), of: surface, to: .zero)
    return .pixels(copy)
  }

  /// The route of a surface that the front end can have itself; nil: its pixels have to be sent.
  func route(_ file: SurfaceFile?) -> SurfaceRoute? {
    guard let file else { return nil }
    if features.contains(.surfaces) { return .file(file) }
    if features.contains(.modifiers), file.offset == 0, isDMABuf(file.file) { return .buffer(file) }
    return nil
  }
}

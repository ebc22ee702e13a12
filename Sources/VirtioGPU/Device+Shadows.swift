internal import Display

/// Shadows: copies on the host of what renderers draw, for scanouts that show it.
extension Device {
  /// What was read back of a resource.
  struct Shadow {
    let surface: Surface
    /// What ``AttachedRenderer/drawCount`` was then.
    let drawCount: UInt64
  }

  /// True when nothing was drawn since all of the resource was read back.
  func isFresh(_ resource: Resource) -> Bool {
    resource.owner.map { resource.freshAt == renderers[$0].drawCount } ?? true
  }

  /// Reads all of a texture or a blob of a renderer back, unless its shadow is fresh; a new shadow is not kept yet. An error
  /// that is found before the renderer is asked is thrown.
  func readBack(
    _ resource: Resource, _ size: Size, _ format: PixelFormat, for command: PendingCommand,
    then: @escaping (Result<Shadow, RendererError>) throws -> Void
  ) throws {
    guard let owner = resource.owner else { return }
    let drawCount = renderers[owner].drawCount
    let surface: Surface
    if let shadow = resource.shadow {
      guard shadow.size == size, shadow.format.opaque == format.opaque else {
        throw CommandError(
          .invalidParameter, "resource \(resource.id) is \(shadow.size) pixels \(shadow.format), not \(size) \(format)")
      }
      surface = shadow
    } else {
      try ledger.requireBytes(size.area * UInt64(PixelFormat.bytesPerPixel), "copy of resource \(resource.id)")
      guard let shadow = try? surfaces.makeSurface(size: size, format: format) else {
        throw CommandError(.outOfMemory, "the host has no memory for a copy of resource \(resource.id)")
      }
      surface = shadow
    }
    let shadow = Shadow(surface: surface, drawCount: drawCount)
    if resource.shadow != nil, isFresh(resource) { return try then(.success(shadow)) }
    read(Rectangle(size), of: resource, into: surface, for: command) { result in try then(result.map { shadow }) }
  }

  /// Keeps what was just read back, for the next part of it.
  func keep(_ shadow: Shadow, of resource: Resource) throws(CommandError) {
    guard resource.shadow == nil else { return }
    let byteCount = shadow.surface.size.area * UInt64(PixelFormat.bytesPerPixel)
    try ledger.requireBytes(byteCount, "copy of resource \(resource.id)")
    resources.extend(resource, by: .shadow(bytes: byteCount))
    resource.shadow = shadow.surface
    resource.freshAt = shadow.drawCount
  }

  /// Reads a part of what a renderer draws into a surface of the resource's size.
  func read(
    _ part: Rectangle, of resource: Resource, into surface: Surface, for command: PendingCommand,
    then: @escaping (Result<Void, RendererError>) throws -> Void
  ) {
    guard let owner = resource.owner else { return }
    let drawCount = renderers[owner].drawCount
    perform(.read(part, resource: resource.id, surface), by: owner, for: command) { result in
      if case .success = result, part.size == surface.size, resource.shadow === surface { resource.freshAt = drawCount }
      try then(result.map { _ in })
    }
  }
}

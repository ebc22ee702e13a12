internal import Display

extension Device {
  func set(_ command: SetScanout) throws {
    let index = try scanout(command.scanout)
    guard command.resourceID != 0 else { return try disable(index) }
    let resource = try resource(command.resourceID)
    guard let size = resource.size else {
      throw CommandError(.invalidParameter, "blob \(resource.id) is shown by its own command")
    }
    guard !command.rectangle.isEmpty, command.rectangle.isInside(size) else {
      throw CommandError(.invalidParameter, "\(command.rectangle) is empty or not inside \(size)")
    }
    try size.requireShowable()
    try requireShowable(command.rectangle, on: index)
    switch resource.kind {
    case .picture(let surface): try show(resource, command.rectangle, of: surface, from: .itself, on: index)
    case .texture(let texture):
      guard let format = texture.format else {
        throw CommandError(.invalidParameter, "texture \(resource.id) is no flat picture in a format that screens have")
      }
      let shadow = try readBack(resource, size, format)
      keep(shadow, of: resource)
      try show(resource, command.rectangle, of: shadow, from: .shadow, on: index)
    case .blob, .longPicture: break
    }
  }

  /// Shows a part of a surface, which is that of a resource.
  func show(
    _ resource: Resource, _ rectangle: Rectangle, of surface: Surface, from origin: Scanout.Origin, on index: Int
  ) throws {
    // What a scanout shows has no alpha: nothing lies behind it.
    guard let part = try? Surface(rectangle, of: surface, as: surface.format.opaque) else {
      throw CommandError(.invalidParameter, "\(rectangle) is not inside \(surface.size)")
    }
    try show(resource, rectangle, as: part, from: origin, on: index)
  }

  /// Shows a surface, which is, or has a copy of, a part of a resource.
  func show(
    _ resource: Resource, _ rectangle: Rectangle, as part: Surface, from origin: Scanout.Origin, on index: Int
  ) throws {
    scanouts[index].shown = Scanout.Shown(
      resourceID: resource.id, rectangle: rectangle, surface: part, origin: origin)
    try emit(.scanout(part), on: index)
  }

  /// Which of the scanouts a guest means.
  func scanout(_ id: UInt32) throws(CommandError) -> Int {
    guard let index = Int(exactly: id), scanouts.indices.contains(index) else {
      throw CommandError(.invalidScanoutID, "there is no scanout \(id)")
    }
    return index
  }

  /// Few enough pixels to be shown beside those on other outputs.
  func requireShowable(_ rectangle: Rectangle, on index: Int) throws(CommandError) {
    let others = scanouts.indices.reduce(UInt64(0)) { $1 == index ? $0 : $0 + (scanouts[$1].shown?.area ?? 0) }
    let area = rectangle.size.area
    guard area <= limits.scanoutArea, others + area <= limits.shownArea else {
      throw CommandError(.outOfMemory, "\(rectangle) is more than this guest may show")
    }
  }

  func flush(_ command: ResourceFlush, _ exchange: PendingCommand) throws {
    let resource = try resource(command.resourceID)
    // A blob is a picture only where it is shown.
    if let size = resource.size, !command.rectangle.isInside(size) {
      throw CommandError(.invalidParameter, "\(command.rectangle) is not inside \(size)")
    }
    if isShown(resource.id) { try refresh(command.rectangle, of: resource) }
    var hasFrame = false
    for index in scanouts.indices {
      guard let damage = scanouts[index].damage(command.rectangle, of: resource.id) else { continue }
      try refresh(damage, on: index, resource)
      try emit(.damage(damage), on: index)
      scanouts[index].frames += 1
      try emit(.frame(scanouts[index].frames), on: index)
      hasFrame = true
      noteChange(index)
      if pace.waitsForTicks(of: scanouts[index].output) { scanouts[index].clock.wait(exchange) }
    }
    guard hasFrame, display.isHeld else { return }
    exchange.wait()
    heldFlushes.append(exchange)
  }

  /// What a scanout shows, its cursor included, is not what it was at its last tick: so there will be another one.
  func noteChange(_ index: Int) {
    guard scanouts[index].shown != nil else { return }
    scanouts[index].clock.arm(period: pace.period(of: scanouts[index].output), now: clock())
  }

  /// The scanout's clock ticks, if anything changed since it did: that is one picture, and whoever waited for it is
  /// answered.
  func tick(_ index: Int) throws {
    guard scanouts[index].clock.next != nil else { return }
    let waiting = scanouts[index].clock.take()
    scanouts[index].ticks += 1
    try emit(.vsync(tick: scanouts[index].ticks), on: index)
    for exchange in waiting { settle(exchange) }
  }

  /// Switches an output off; nothing happens when it is off already. What it showed last was a picture: its tick comes
  /// early.
  func disable(_ index: Int) throws {
    guard scanouts[index].shown != nil else { return }
    try tick(index)
    scanouts[index].shown = nil
    try emit(.scanout(nil), on: index)
  }

  func isShown(_ id: UInt32) -> Bool {
    scanouts.contains { $0.shown?.resourceID == id }
  }

  /// All of a texture or a blob of the renderer, read back unless nothing was drawn since it was; not kept yet.
  func readBack(_ resource: Resource, _ size: Size, _ format: PixelFormat) throws -> Surface {
    if let shadow = resource.shadow {
      guard shadow.size == size, shadow.format.opaque == format.opaque else {
        throw CommandError(
          .invalidParameter, "resource \(resource.id) is \(shadow.size) pixels \(shadow.format), not \(size) \(format)")
      }
      try refresh(Rectangle(size), of: resource)
      return shadow
    }
    let byteCount = size.area * UInt64(PixelFormat.bytesPerPixel)
    guard byteCount <= limits.resourceBytes - min(resourceBytes, limits.resourceBytes),
      let shadow = try? surfaces.makeSurface(size: size, format: format)
    else { throw CommandError(.outOfMemory, "a copy of \(size) pixels is more than this guest may have") }
    try renderer?.read(Rectangle(size), of: resource.id, into: shadow)
    return shadow
  }

  /// Keeps what was just read back, for the next part of it.
  func keep(_ shadow: Surface, of resource: Resource) {
    guard resource.shadow == nil else { return }
    let byteCount = shadow.size.area * UInt64(PixelFormat.bytesPerPixel)
    resource.shadow = shadow
    resource.freshAt = renderedCount
    resource.byteCount += byteCount
    resourceBytes += byteCount
  }

  /// Reads a part of what the renderer draws back, where it is shown so, unless nothing was drawn since all of it was.
  private func refresh(_ rectangle: Rectangle, of resource: Resource) throws {
    guard let shadow = resource.shadow, resource.freshAt != renderedCount,
      let part = rectangle.intersection(Rectangle(shadow.size))
    else { return }
    try renderer?.read(part, of: resource.id, into: shadow)
    if part.size == shadow.size { resource.freshAt = renderedCount }
  }
}

extension Size {
  /// Sides that a surface can have; there are pixels.
  func requireShowable() throws(CommandError) {
    guard !Surface.canHave(self) else { return }
    let (side, length) = width > Surface.largestSide ? ("width", width) : ("height", height)
    throw CommandError(
      .invalidParameter,
      "a picture of \(self) pixels cannot be shown: its \(side) of \(length) is more than \(Surface.largestSide)")
  }
}

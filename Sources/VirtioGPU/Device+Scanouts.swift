internal import Display

/// What scanouts show, and when they tick.
extension Device {
  func setScanout(_ fields: SetScanout, _ command: PendingCommand) throws {
    let index = try scanouts.require(fields.scanout)
    guard fields.resourceID != 0 else { return try disable(index) }
    let resource = try resources.require(fields.resourceID)
    guard let size = resource.size else {
      throw CommandError(.invalidParameter, "resource \(resource.id) is a blob: use SET_SCANOUT_BLOB")
    }
    guard !fields.rectangle.isEmpty, fields.rectangle.isInside(size) else {
      throw CommandError(.invalidParameter, "\(fields.rectangle) is empty or not inside \(size)")
    }
    try size.requireShowable()
    try scanouts.requireShowable(fields.rectangle, on: index)
    switch resource.kind {
    case .surface(let surface): try show(resource, fields.rectangle, of: surface, from: .resource, on: index)
    case .texture(let texture):
      guard let format = texture.format else {
        throw CommandError(
          .invalidParameter,
          "texture \(resource.id) cannot be shown: must be a 2D or rectangle texture in a virtio-gpu format")
      }
      try readBack(resource, size, format, for: command) { [unowned self] result in
        let shadow = try result.get()
        try scanouts.requireShowable(fields.rectangle, on: index)
        try keep(shadow, of: resource)
        try show(resource, fields.rectangle, of: shadow.surface, from: .shadow, on: index)
      }
    case .blob, .longPixels: break
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

  func resourceFlush(_ fields: ResourceFlush, _ command: PendingCommand) throws {
    let resource = try resources.require(fields.resourceID)
    // A blob is an image only where it is shown.
    if let size = resource.size, !fields.rectangle.isInside(size) {
      throw CommandError(.invalidParameter, "\(fields.rectangle) is not inside \(size)")
    }
    guard let shadow = resource.shadow, scanouts.isShown(resource.id), !isFresh(resource),
      let part = fields.rectangle.intersection(Rectangle(shadow.size))
    else { return try emitFrames(of: fields.rectangle, resource, command) }
    read(part, of: resource, into: shadow, for: command) { [unowned self] result in
      _ = try result.get()
      try emitFrames(of: fields.rectangle, resource, command)
    }
  }

  /// Emits damage and a frame of every scanout that shows a flushed part of a resource.
  private func emitFrames(of rectangle: Rectangle, _ resource: Resource, _ flush: PendingCommand) throws {
    var hasFrame = false
    for index in scanouts.indices {
      guard let damage = scanouts[index].damage(rectangle, of: resource.id) else { continue }
      try copyBacking(of: resource, damage, on: index)
      try emit(.damage(damage), on: index)
      scanouts[index].frames += 1
      try emit(.frame(scanouts[index].frames), on: index)
      hasFrame = true
      noteChange(index)
      if pace.waitsForTicks(of: scanouts[index].output) { scanouts[index].clock.wait(flush) }
    }
    if hasFrame, display.isHeld { responses.hold(flush) }
  }

  /// Arms the clock of a scanout that does not show what it showed at its last tick, its cursor included.
  func noteChange(_ index: Int) {
    guard scanouts[index].shown != nil else { return }
    scanouts[index].clock.arm(period: pace.period(of: scanouts[index].output), now: clock())
  }

  /// Ticks the scanout's clock, if anything changed since it did: flushes that waited for it wait no more.
  func tick(_ index: Int) throws {
    guard scanouts[index].clock.next != nil else { return }
    let waiting = scanouts[index].clock.take()
    scanouts[index].ticks += 1
    try emit(.vsync(tick: scanouts[index].ticks), on: index)
    for flush in waiting { responses.endWait(flush) }
  }

  /// Switches a scanout off; nothing happens when it is off already. The tick of what it showed last comes early.
  func disable(_ index: Int) throws {
    guard scanouts[index].shown != nil else { return }
    try tick(index)
    scanouts[index].shown = nil
    try emit(.scanout(nil), on: index)
  }
}

extension Size {
  /// Requires sides that a surface can have, of an image with pixels.
  func requireShowable() throws(CommandError) {
    guard !Surface.canHave(self) else { return }
    let (side, length) = width > Surface.largestSide ? ("width", width) : ("height", height)
    throw CommandError(
      .invalidParameter,
      "an image of \(self) pixels cannot be shown: its \(side) of \(length) is more than \(Surface.largestSide)")
  }
}

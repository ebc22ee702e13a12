internal import Display

extension Device {
  func set(_ command: SetScanout) throws {
    guard let index = Int(exactly: command.scanout), scanouts.indices.contains(index) else {
      throw Refusal(.invalidScanoutID, "there is no scanout \(command.scanout)")
    }
    guard command.resourceID != 0 else { return try disable(index) }
    let resource = try resource(command.resourceID)
    guard !command.rectangle.isEmpty, command.rectangle.isInside(resource.surface.size),
      // What a scanout shows has no alpha: nothing lies behind it.
      let surface = try? Surface(command.rectangle, of: resource.surface, as: resource.surface.format.opaque)
    else {
      throw Refusal(
        .invalidParameter, "\(command.rectangle) is empty or not inside \(resource.surface.size)")
    }
    let others = scanouts.indices.reduce(UInt64(0)) { $1 == index ? $0 : $0 + (scanouts[$1].shown?.area ?? 0) }
    let area = command.rectangle.size.area
    guard area <= limits.scanoutArea, others + area <= limits.shownArea else {
      throw Refusal(.outOfMemory, "\(command.rectangle) is more than this guest may show")
    }
    scanouts[index].shown = Scanout.Shown(
      resourceID: resource.id, rectangle: command.rectangle, surface: surface)
    try emit(.scanout(surface), on: index)
  }

  func flush(_ command: ResourceFlush) throws {
    let resource = try resource(command.resourceID)
    guard command.rectangle.isInside(resource.surface.size) else {
      throw Refusal(.invalidParameter, "\(command.rectangle) is not inside \(resource.surface.size)")
    }
    for index in scanouts.indices {
      guard let damage = scanouts[index].damage(command.rectangle, of: resource.id) else { continue }
      try emit(.damage(damage), on: index)
      scanouts[index].ticks += 1
      try emit(.vsync(tick: scanouts[index].ticks), on: index)
    }
  }

  /// Switches an output off; nothing happens when it is off already.
  func disable(_ index: Int) throws {
    guard scanouts[index].shown != nil else { return }
    scanouts[index].shown = nil
    try emit(.scanout(nil), on: index)
  }
}

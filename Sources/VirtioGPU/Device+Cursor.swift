internal import Display
internal import Wire

extension Device {
  /// Executes one request of the cursor queue. It has no answer: a mistake is for the log.
  package func executeCursor(_ request: [UInt8]) throws {
    var reader = ByteReader(request)
    do {
      switch CommandType(rawValue: try ControlHeader(&reader).type) {
      case .updateCursor: try update(try UpdateCursor(&reader).fields)
      case .moveCursor: try move(try MoveCursor(&reader).fields)
      default: onRefusal("a request on the cursor queue is not about the cursor")
      }
    } catch let error as TruncatedBytes {
      onRefusal("a request on the cursor queue is too short: \(error)")
    } catch let refusal as CommandError {
      onRefusal("a request on the cursor queue was refused: \(refusal.reason)")
    } catch let error as RendererError {
      onRefusal("a request on the cursor queue was refused: \(error)")
    }
  }

  private func update(_ fields: CursorFields) throws {
    let index = try scanout(fields.scanout)
    guard fields.resourceID != 0 else {
      try hideCursor(index)
      // A move must not show what the driver has taken away.
      scanouts[index].cursor.image = nil
      return
    }
    let surface = try pointer(of: resource(fields.resourceID))
    scanouts[index].cursor.image = CursorImage(surface: surface, hotSpot: fields.hotSpot)
    try showCursor(index)
    try moveCursor(index, to: fields.position)
  }

  /// A copy of a resource as a pointer's image: the guest may draw the next one while this one is shown.
  private func pointer(of resource: Resource) throws -> Surface {
    // A blob has no size of its own; pointers of blobs are those of Linux.
    let size = resource.size ?? Size(width: 64, height: 64)
    guard size.width <= limits.cursorSide, size.height <= limits.cursorSide,
      let image = try? Surface(size: size, format: .b8g8r8a8)
    else { throw CommandError(.invalidParameter, "\(size) pixels are too large for a pointer") }
    switch resource.kind {
    case .picture(let surface): try image.takePointer(from: surface)
    case .longPicture: break  // It is larger than any pointer.
    case .texture(let texture):
      guard let format = texture.format, let pixels = try? Surface(size: size, format: format) else {
        throw CommandError(.invalidParameter, "texture \(resource.id) is no flat picture")
      }
      try renderer?.read(Rectangle(size), of: resource.id, into: pixels)
      try image.takePointer(from: pixels)
    case .blob(let blob):
      guard let backing = resource.backing, backing.isInMemory,
        UInt64(image.stride) * 64 <= min(blob.size, backing.count)
      else { throw CommandError(.invalidParameter, "blob \(resource.id) has not the pages of a pointer") }
      image.transfer(Rectangle(size), from: backing, offset: 0)
    }
    return image
  }

  /// Moves the cursor. Resource 0 hides it, and any other shows the last image again, as in QEMU: Windows' driver hides
  /// its cursor with moves alone. Which resource it is means nothing else.
  private func move(_ fields: CursorFields) throws {
    let index = try scanout(fields.scanout)
    if fields.resourceID == 0 {
      try hideCursor(index)
    } else if !scanouts[index].cursor.isVisible {
      try showCursor(index)
    }
    try moveCursor(index, to: fields.position)
  }

  private func moveCursor(_ index: Int, to position: Point) throws {
    let isElsewhere = scanouts[index].cursor.position != position
    scanouts[index].cursor.position = position
    try emit(.cursorMoved(position), on: index)
    if isElsewhere, scanouts[index].cursor.isVisible { noteChange(index) }
  }

  /// Shows the image that the scanout's cursor has; nothing happens when it has none.
  private func showCursor(_ index: Int) throws {
    guard let image = scanouts[index].cursor.image else { return }
    scanouts[index].cursor.isVisible = true
    try emit(.cursor(image), on: index)
    noteChange(index)
  }

  /// Hides the cursor, whose image stays; nothing happens when it is hidden.
  private func hideCursor(_ index: Int) throws {
    guard scanouts[index].cursor.isVisible else { return }
    scanouts[index].cursor.isVisible = false
    try emit(.cursor(nil), on: index)
    noteChange(index)
  }

  /// Hides the cursor and forgets all of it.
  func dropCursor(_ index: Int) throws {
    try hideCursor(index)
    scanouts[index].cursor = ScanoutCursor()
  }
}

extension Surface {
  /// Copies a pointer, with alpha whatever its format says: Linux has pointers in buffers that it makes without.
  fileprivate func takePointer(from pixels: Surface) throws(CommandError) {
    guard let pixels = try? Surface(Rectangle(size), of: pixels, as: pixels.format.translucent) else {
      throw CommandError(.outOfMemory, "the host has no memory for a pointer")
    }
    copy(Rectangle(size), of: pixels, to: .zero)
  }
}

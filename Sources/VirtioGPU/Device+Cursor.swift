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
    } catch let refusal as Refusal {
      onRefusal("a request on the cursor queue was refused: \(refusal.reason)")
    } catch let error as RendererError {
      onRefusal("a request on the cursor queue was refused: \(error)")
    }
  }

  private func update(_ fields: CursorFields) throws {
    let index = try scanout(fields.scanout)
    guard fields.resourceID != 0 else { return try hideCursor(index) }
    let image = try pointer(of: resource(fields.resourceID))
    scanouts[index].hasCursor = true
    try emit(.cursor(CursorImage(surface: image, hotSpot: fields.hotSpot)), on: index)
    try emit(.cursorMoved(fields.position), on: index)
  }

  /// A copy of a resource as a pointer's image: the guest may draw the next one while this one is shown.
  private func pointer(of resource: Resource) throws -> Surface {
    // A blob has no size of its own; pointers of blobs are those of Linux.
    let size = resource.size ?? Size(width: 64, height: 64)
    guard size.width <= limits.cursorSide, size.height <= limits.cursorSide,
      let image = try? Surface(size: size, format: .b8g8r8a8)
    else { throw Refusal(.invalidParameter, "\(size) pixels are too large for a pointer") }
    switch resource.kind {
    case .picture(let surface): try image.takePointer(from: surface)
    case .texture(let texture):
      guard let format = texture.format, let pixels = try? Surface(size: size, format: format) else {
        throw Refusal(.invalidParameter, "texture \(resource.id) is no flat picture")
      }
      try renderer?.read(Rectangle(size), of: resource.id, into: pixels)
      try image.takePointer(from: pixels)
    case .blob(let blob):
      guard let backing = resource.backing, backing.isInMemory,
        UInt64(image.stride) * 64 <= min(blob.size, backing.count)
      else { throw Refusal(.invalidParameter, "blob \(resource.id) has not the pages of a pointer") }
      image.transfer(Rectangle(size), from: backing, offset: 0)
    }
    return image
  }

  private func move(_ fields: CursorFields) throws {
    try emit(.cursorMoved(fields.position), on: scanout(fields.scanout))
  }

  func hideCursor(_ index: Int) throws {
    guard scanouts[index].hasCursor else { return }
    scanouts[index].hasCursor = false
    try emit(.cursor(nil), on: index)
  }
}

extension Surface {
  /// Copies a pointer, with alpha whatever its format says: Linux has pointers in buffers that it makes without.
  fileprivate func takePointer(from pixels: Surface) throws(Refusal) {
    guard let pixels = try? Surface(Rectangle(size), of: pixels, as: pixels.format.translucent) else {
      throw Refusal(.outOfMemory, "the host has no memory for a pointer")
    }
    copy(Rectangle(size), of: pixels, to: .zero)
  }
}

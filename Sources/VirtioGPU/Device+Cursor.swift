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
    }
  }

  private func update(_ fields: CursorFields) throws {
    let index = try cursorScanout(fields)
    guard fields.resourceID != 0 else { return try hideCursor(index) }
    let picture = try resource(fields.resourceID).surface
    guard picture.size.width <= limits.cursorSide, picture.size.height <= limits.cursorSide,
      // A copy: the guest may draw the next image while this one is shown.
      let image = try? Surface(size: picture.size, format: .b8g8r8a8)
    else { throw Refusal(.invalidParameter, "\(picture.size) pixels are too large for a pointer") }
    image.copy(Rectangle(picture.size), of: picture, to: .zero)
    scanouts[index].hasCursor = true
    try emit(.cursor(CursorImage(surface: image, hotSpot: fields.hotSpot)), on: index)
    try emit(.cursorMoved(fields.position), on: index)
  }

  private func move(_ fields: CursorFields) throws {
    try emit(.cursorMoved(fields.position), on: cursorScanout(fields))
  }

  func hideCursor(_ index: Int) throws {
    guard scanouts[index].hasCursor else { return }
    scanouts[index].hasCursor = false
    try emit(.cursor(nil), on: index)
  }

  private func cursorScanout(_ fields: CursorFields) throws(Refusal) -> Int {
    guard let index = Int(exactly: fields.scanout), scanouts.indices.contains(index) else {
      throw Refusal(.invalidScanoutID, "there is no scanout \(fields.scanout)")
    }
    return index
  }
}

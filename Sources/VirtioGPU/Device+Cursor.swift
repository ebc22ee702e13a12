internal import Display
internal import Wire

/// The commands of the cursor queue.
extension Device {
  /// Executes one command of the cursor queue, or lets it wait for the renderer that has its image. It has no response: a
  /// mistake is for the log. `completion` is called at once or later.
  package func executeCursor(_ request: [UInt8], completion: @escaping () -> Void = {}) throws {
    var isWaiting = false
    do {
      isWaiting = try executeCursorCommand(request, completion)
    } catch let error as TruncatedBytes {
      onRefusal("a command of the cursor queue is too short: \(error)")
    } catch let error as CommandError {
      onRefusal("a command of the cursor queue was refused: \(error.reason)")
    }
    if !isWaiting { completion() }
    try throwFailure()
  }

  /// True when the command waits for a renderer and completes later.
  private func executeCursorCommand(_ request: [UInt8], _ completion: @escaping () -> Void) throws -> Bool {
    var reader = ByteReader(request)
    let header = try ControlHeader(&reader)
    switch CommandType(rawValue: header.type) {
    case .moveCursor:
      try moveCursor(MoveCursor(&reader).fields)
    case .updateCursor:
      var rest = reader
      let fields = try UpdateCursor(&rest).fields
      let index = try scanouts.require(fields.scanout)
      let number = nextCursorNumber(index)
      if !renderers.isEmpty, fields.resourceID != 0 {
        try ledger.requirePendingCommand()
        let command = PendingCommand(header, timeline: nil, cursorNumber: number) { _ in completion() }
        if enqueue(command, request, reader) { return true }
      }
      try updateCursor(fields, number)
    default: onRefusal("a command of the cursor queue is not about the cursor: its type is \(header.type)")
    }
    return false
  }

  private func nextCursorNumber(_ index: Int) -> UInt64 {
    scanouts[index].cursor.commandCount += 1
    return scanouts[index].cursor.commandCount
  }

  /// Executes an UPDATE_CURSOR that waited for a renderer.
  func updateCursor(_ reader: inout ByteReader, _ command: PendingCommand) throws {
    let fields = try UpdateCursor(&reader).fields
    let number = command.cursorNumber ?? 0
    let resource = try resources.require(fields.resourceID)
    guard let owner = resource.owner, case .texture(let texture) = resource.kind else {
      return try updateCursor(fields, number)
    }
    let (size, image) = try makeCursorImage(of: resource)
    guard let format = texture.format, let pixels = try? Surface(size: size, format: format) else {
      throw CommandError(
        .invalidParameter,
        "texture \(resource.id) of \(size) cannot be a cursor: must be a 2D or rectangle texture in a virtio-gpu format"
      )
    }
    perform(.read(Rectangle(size), resource: resource.id, pixels), by: owner, for: command) { [unowned self] result in
      _ = try result.get()
      try image.takeCursor(from: pixels)
      try setCursor(image, fields, number)
    }
  }

  /// Executes an UPDATE_CURSOR whose image the device has.
  private func updateCursor(_ fields: CursorFields, _ number: UInt64) throws {
    let index = try scanouts.require(fields.scanout)
    guard fields.resourceID != 0 else {
      try hideCursor(index)
      // A move must not show what the driver has taken away.
      scanouts[index].cursor.image = nil
      scanouts[index].cursor.imageNumber = number
      return
    }
    let resource = try resources.require(fields.resourceID)
    let (size, image) = try makeCursorImage(of: resource)
    switch resource.kind {
    case .surface(let surface): try image.takeCursor(from: surface)
    case .longPixels, .texture: break  // The one is larger than any cursor, the other is read by its renderer.
    case .blob(let blob):
      guard let backing = resource.backing, backing.isInMemory,
        UInt64(image.stride) * 64 <= min(blob.size, backing.count)
      else {
        throw CommandError(
          .invalidParameter, "blob \(resource.id) cannot be a cursor: it has no \(image.stride * 64) bytes of backing")
      }
      image.transfer(Rectangle(size), from: backing, offset: 0)
    }
    try setCursor(image, fields, number)
  }

  /// A surface for a copy of a resource as a cursor image: the guest may draw the next one while this one is shown.
  private func makeCursorImage(of resource: Resource) throws(CommandError) -> (size: Size, image: Surface) {
    // A blob has no size of its own; cursors of blobs are those of Linux.
    let size = resource.size ?? Size(width: 64, height: 64)
    let most = ledger.quota.cursorSide
    guard size.width <= most, size.height <= most, let image = try? Surface(size: size, format: .b8g8r8a8) else {
      throw CommandError(.invalidParameter, "cursor of \(size) pixels: at most \(most)x\(most) are allowed")
    }
    return (size, image)
  }

  /// Gives a scanout's cursor the image of an UPDATE_CURSOR. An image that comes late changes nothing that later
  /// commands have set: neither their image, nor position and visibility of a move.
  private func setCursor(_ surface: Surface, _ fields: CursorFields, _ number: UInt64) throws {
    let index = try scanouts.require(fields.scanout)
    guard number > scanouts[index].cursor.imageNumber else { return }
    scanouts[index].cursor.imageNumber = number
    scanouts[index].cursor.image = CursorImage(surface: surface, hotSpot: fields.hotSpot)
    let hasMovedSince = scanouts[index].cursor.moveNumber > number
    if !hasMovedSince || scanouts[index].cursor.isWanted { try showCursor(index) }
    if !hasMovedSince { try setCursorPosition(index, fields.position) }
  }

  /// Moves the cursor. Resource 0 hides it, and any other shows the last image again, as in QEMU: Windows' driver hides
  /// its cursor with moves alone. Which resource it is means nothing else.
  private func moveCursor(_ fields: CursorFields) throws {
    let index = try scanouts.require(fields.scanout)
    scanouts[index].cursor.moveNumber = nextCursorNumber(index)
    scanouts[index].cursor.isWanted = fields.resourceID != 0
    if fields.resourceID == 0 {
      try hideCursor(index)
    } else if !scanouts[index].cursor.isVisible {
      try showCursor(index)
    }
    try setCursorPosition(index, fields.position)
  }

  private func setCursorPosition(_ index: Int, _ position: Point) throws {
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
  /// Copies a cursor image, with alpha whatever its format says: Linux has cursors in buffers that it makes without.
  fileprivate func takeCursor(from pixels: Surface) throws(CommandError) {
    guard let pixels = try? Surface(Rectangle(size), of: pixels, as: pixels.format.translucent) else {
      throw CommandError(.outOfMemory, "the host has no memory for a cursor of \(size) pixels")
    }
    copy(Rectangle(size), of: pixels, to: .zero)
  }
}

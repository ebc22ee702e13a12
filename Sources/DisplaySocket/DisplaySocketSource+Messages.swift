internal import Display
internal import LinuxIO
internal import VirtioGPU

/// A message of a back end whose trailing bytes are coming, or whose buffer is not ready yet.
enum PendingMessage {
  /// Pixels of an update, into the surface of the scanout.
  case update(ScanoutID, Rectangle, Surface)
  /// Pixels of a cursor; with a position, that is new as well.
  case cursor(ScanoutID, CursorImage, at: Point?)
  /// A name of this many bytes.
  case name(Int)
  /// DMABUF_UPDATE.
  case sharedUpdate(ScanoutID, Rectangle)
}

extension DisplaySocketSource {
  /// Does what a message says, or begins to.
  func take(_ message: DisplaySocketMessage, _ descriptors: [Descriptor]) throws {
    switch message {
    case .getProtocolFeatures:
      outbox.reply(to: .getProtocolFeatures, DisplaySocketReply.protocolFeatures(options.features))
    case .setProtocolFeatures(let chosen): choose(chosen)
    case .getDisplayInfo:
      pay()
      outbox.reply(to: .getDisplayInfo, DisplaySocketReply.displayInfo(outputs))
    case .getEDID(let scanout):
      pay()
      outbox.reply(to: .getEDID, DisplaySocketReply.edid(of: scanout, outputs))
    case .cursorPosition(let scanout, let position): try move(to: position, on: scanout)
    case .cursorHide(let scanout, let position):
      try emit(.cursorMoved(position), on: scanout)
      try hideCursor(of: scanout)
    case .cursorUpdate(let scanout, let position, let hotSpot):
      let side = DisplaySocketRequest.cursorSide
      try beginCursor(of: scanout, Size(width: side, height: side), hotSpot: hotSpot, isInFrame: false, at: position)
    case .scanout(let scanout, let size): try show(size, on: scanout)
    case .update(let scanout, let area):
      let surface = try surface(of: scanout, with: area)
      guard case .pixels = scanouts[scanout].content else { throw DisplayProtocolError.outside(area, of: nil) }
      receiving = .update(scanout, area, surface)
    case .sharedScanout(let scanout, let frame):
      // The reader has made sure that a frame has a descriptor.
      if let frame, let file = descriptors.first {
        try show(frame, file, message.request, on: scanout)
      } else {
        try show(nil, on: scanout)
      }
    case .sharedUpdate(let scanout, let area):
      _ = try surface(of: scanout, with: area)
      receiving = .sharedUpdate(scanout, area)
    case .surface(let scanout, let frame):
      if let file = descriptors.first { try show(frame, file, on: scanout) }
    case .damage(let scanout, let area):
      _ = try surface(of: scanout, with: area)
      if !area.isEmpty { try emit(.damage(area), on: scanout) }
    case .cursorImage(let scanout, let size, let hotSpot, let isInFrame):
      if let size {
        try beginCursor(of: scanout, size, hotSpot: hotSpot, isInFrame: isInFrame, at: nil)
      } else {
        try hideCursor(of: scanout)
      }
    case .frame(let scanout, let number):
      guard scanouts[scanout].surface != nil else { throw DisplayProtocolError.frameNumber(number, after: nil) }
      guard number > 0, number >= scanouts[scanout].frame else {
        throw DisplayProtocolError.frameNumber(number, after: scanouts[scanout].frame)
      }
      try emitFrame(number, on: scanout)
    case .name(let count): receiving = .name(count)
    case .ended: throw DisplaySocketSourceEnd.ended
    case .resize, .presented, .close, .input:
      // The reader refuses them: they are a front end's.
      break
    }
  }

  /// Goes on with the message that is coming; false when the rest of it is not there yet.
  func receiveRest() throws -> Bool {
    switch receiving {
    case nil: return true
    case .update(let scanout, let area, let surface):
      guard try receive(area, of: surface) else { return false }
      receiving = nil
      try damage(area, on: scanout)
    case .cursor(let scanout, let image, let position):
      guard try receive(Rectangle(image.surface.size), of: image.surface) else { return false }
      receiving = nil
      scanouts[scanout].cursor = image
      scanouts[scanout].isCursorShown = true
      if let position { try emit(.cursorMoved(position), on: scanout) }
      try emit(.cursor(image), on: scanout)
    case .name(let count):
      guard case .complete(let bytes) = try reader.trailingBytes(count, from: socket) else { return false }
      receiving = nil
      pay()
      options.onName(String(decoding: bytes, as: UTF8.self))
    case .sharedUpdate(let scanout, let area): return try update(area, on: scanout)
    }
    return true
  }

  // MARK: - Scanouts

  /// SCANOUT: a surface of our own, black, or none. One of the same size stays: a back end says it again when its guest
  /// flips pages.
  private func show(_ size: Size?, on scanout: ScanoutID) throws {
    guard let size else {
      let wasShown = scanouts[scanout].surface != nil
      leave(.off, nil, on: scanout)
      if wasShown { try emit(.scanout(nil), on: scanout) }
      return
    }
    if case .pixels = scanouts[scanout].content, scanouts[scanout].surface?.size == size { return }
    pay()
    try checkQuota(of: scanout, adding: Self.bytes(size))
    let surface = try options.allocator.makeSurface(size: size, format: .b8g8r8x8)
    leave(.pixels, surface, on: scanout)
    try emit(.scanout(surface), on: scanout)
  }

  /// DMABUF_SCANOUT: a surface of our own, which gets the pixels of the buffer with the first update.
  private func show(
    _ frame: SharedScanout, _ file: Descriptor, _ request: DisplaySocketRequest, on scanout: ScanoutID
  ) throws {
    pay()
    let buffer = try SharedBuffer(frame, file, request: request, maximumBytes: options.maximumBytes)
    try checkQuota(of: scanout, adding: Self.bytes(buffer.size) + buffer.count)
    if case .buffer(let before) = scanouts[scanout].content, before.size == buffer.size, before.format == buffer.format,
      let surface = scanouts[scanout].surface
    {
      leave(.buffer(buffer), surface, on: scanout)
    } else {
      let surface = try options.allocator.makeSurface(size: buffer.size, format: buffer.format)
      leave(.buffer(buffer), surface, on: scanout)
      try emit(.scanout(surface), on: scanout)
    }
    scanouts[scanout].isAllNew = true
  }

  /// `surface`: the file itself.
  private func show(_ frame: FileScanout, _ file: Descriptor, on scanout: ScanoutID) throws {
    pay()
    let bytes = Int(frame.stride) * Int(frame.size.height)
    try checkQuota(of: scanout, adding: bytes)
    let surface = try Surface(
      mapping: file, size: frame.size, format: frame.format, stride: frame.stride, offset: frame.offset,
      request: .surface, maximumBytes: options.maximumBytes)
    leave(.file, surface, on: scanout)
    try emit(.scanout(surface), on: scanout)
  }

  /// Leaves what was shown before. Updates of it are responded to, for nothing of it is shown any more.
  private func leave(_ content: ReceivedScanout.Content, _ surface: Surface?, on scanout: ScanoutID) {
    releaseUpdates(of: scanout)
    scanouts[scanout].content = content
    scanouts[scanout].surface = surface
    scanouts[scanout].isAllNew = false
  }

  private static func bytes(_ size: Size) -> Int { Int(size.area) * PixelFormat.bytesPerPixel }

  private func checkQuota(of scanout: ScanoutID, adding bytes: Int) throws {
    let others = scanouts.indices.reduce(0) { $1 == scanout ? $0 : $0 + scanouts[$1].bytes }
    guard others + bytes <= options.maximumBytes else {
      throw DisplayProtocolError.tooManyBytes(others + bytes, allowed: options.maximumBytes)
    }
  }

  /// What is shown, of which `area` is a part.
  private func surface(of scanout: ScanoutID, with area: Rectangle) throws -> Surface {
    guard let surface = scanouts[scanout].surface, area.isInside(surface.size) else {
      throw DisplayProtocolError.outside(area, of: scanouts[scanout].surface?.size)
    }
    return surface
  }

  // MARK: - Updates

  /// DMABUF_UPDATE; false when a device still writes to the buffer.
  private func update(_ area: Rectangle, on scanout: ScanoutID) throws -> Bool {
    guard case .buffer(let buffer) = scanouts[scanout].content, let surface = scanouts[scanout].surface else {
      // What comes over the socket, or lies in a file, has no buffer that could be read.
      throw DisplayProtocolError.outside(area, of: nil)
    }
    if let dmabuf = buffer.dmabuf, try !dmabuf.wait(for: .readable, timeoutMilliseconds: 0) {
      try wait(for: dmabuf)
      return false
    }
    receiving = nil
    let changed = scanouts[scanout].isAllNew ? Rectangle(surface.size) : area
    scanouts[scanout].isAllNew = false
    if !changed.isEmpty { try buffer.copy(changed, to: surface) }
    scanouts[scanout].unanswered += 1
    try damage(changed, on: scanout)
    if !options.repliesWhenShown { releaseUpdates(of: scanout) }
    return true
  }

  /// Sends the replies to DMABUF_UPDATE that are due.
  func releaseUpdates(of scanout: ScanoutID) {
    for _ in 0..<scanouts[scanout].unanswered { outbox.reply(to: .dmabufUpdate, []) }
    scanouts[scanout].unanswered = 0
  }

  /// Emits what an update brought. Without the extension, each update is a frame.
  private func damage(_ area: Rectangle, on scanout: ScanoutID) throws {
    guard !area.isEmpty else { return }
    try emit(.damage(area), on: scanout)
    guard !features.contains(.surfaces), isActive else { return }
    try emitFrame(scanouts[scanout].frame &+ 1, on: scanout)
  }

  private func emitFrame(_ number: UInt64, on scanout: ScanoutID) throws {
    scanouts[scanout].frame = number
    try emit(.frame(number), on: scanout)
  }

  /// Receives pixels to where they belong; false when not all of them are there.
  private func receive(_ area: Rectangle, of surface: Surface) throws -> Bool {
    // Safe: the area lies inside the surface, which is ours, and lives across the call.
    try unsafe surface.withPixels { base in
      let rows = unsafe MemoryRows(
        base: base + Int(area.y) * surface.stride + Int(area.x) * PixelFormat.bytesPerPixel, stride: surface.stride,
        rowBytes: Int(area.width) * PixelFormat.bytesPerPixel, rows: Int(area.height))
      guard case .complete = try unsafe reader.trailing(from: socket, into: rows) else { return false }
      return true
    }
  }

  // MARK: - Cursors

  private func beginCursor(
    of scanout: ScanoutID, _ size: Size, hotSpot: Point, isInFrame: Bool, at position: Point?
  ) throws {
    pay()
    let image = CursorImage(
      surface: try Surface(size: size, format: .b8g8r8a8), hotSpot: hotSpot, isInFrame: isInFrame)
    receiving = .cursor(scanout, image, at: position)
  }

  /// A cursor that was hidden is shown again when it is moved: QEMU does so.
  private func move(to position: Point, on scanout: ScanoutID) throws {
    try emit(.cursorMoved(position), on: scanout)
    guard !features.contains(.surfaces), !scanouts[scanout].isCursorShown, let image = scanouts[scanout].cursor else {
      return
    }
    scanouts[scanout].isCursorShown = true
    try emit(.cursor(image), on: scanout)
  }

  private func hideCursor(of scanout: ScanoutID) throws {
    guard scanouts[scanout].isCursorShown else { return }
    scanouts[scanout].isCursorShown = false
    try emit(.cursor(nil), on: scanout)
  }

  // MARK: - Others

  private func choose(_ chosen: DisplayFeatures) {
    features = chosen.intersection(options.features)
    reader.features = features
    options.onFeatures(features)
  }

  /// Counts a message that costs something.
  private func pay() {
    if let wait = allowance.take() { rest(wait) }
  }

  private func emit(_ event: DisplayEvent, on scanout: ScanoutID) throws {
    // A sink may have stopped this source meanwhile.
    guard isActive else { return }
    do {
      try source.emit(event, on: scanout, at: options.now())
    } catch {
      throw SinkFailure(error: error)
    }
  }
}

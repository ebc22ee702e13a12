internal import Display
internal import PNG

/// One scanout of a dump that is being written: its picture, its pointer, and which frame came last.
struct DumpLane {
  let scanout: ScanoutID
  private let cursorMode: CursorMode
  private(set) var summary: Manifest.Scanout

  private var picture: Image?
  /// The size of what is shown; nil: the scanout is off.
  private var size: Size?
  /// True from a new surface to its first damage: what is in `picture` is not what the scanout shows.
  private var awaitsDamage = true
  /// True when a frame is due: something changed since the last one.
  private(set) var isDirty = false
  private var pointer: CursorImage?
  private var position = Point.zero
  /// Where a pointer that frames show was and is, since the last frame.
  private var pointerDamage: Rectangle?
  /// What the last frame showed: the picture without and with the pointer, as far as the dump has them.
  private var last: [FrameHash?] = []

  init(_ scanout: ScanoutID, _ options: FrameDumpOptions) {
    self.scanout = scanout
    cursorMode = options.cursor
    summary = Manifest.Scanout(scanout: scanout)
  }

  /// The scanout shows another surface, or none. It has no picture before it is damaged; and after it was off, or had
  /// another size, the first picture is a frame, even if it is that of the last one.
  mutating func show(_ shown: EventLine.Shown?) {
    isDirty = false
    awaitsDamage = true
    pointerDamage = nil
    if shown?.size != size {
      picture = nil
      last = []
    }
    size = shown?.size
    if let shown { summary.note(shown) }
  }

  /// Notes damage, and gives it as frames show it: where they show the cursor, it reaches to where that moved.
  mutating func damage(_ rectangle: Rectangle) -> Rectangle {
    isDirty = true
    awaitsDamage = false
    return takePointerDamage().map(rectangle.union) ?? rectangle
  }

  /// Takes damaged pixels over, and gives an image back that is free now. When they are all of the image, nothing is
  /// copied.
  mutating func take(_ pixels: StagedPixels) -> Image? {
    // The pixels of a surface that is not shown any more.
    guard pixels.image.size == size else { return pixels.image }
    if let picture, picture.size == pixels.image.size, !pixels.isWhole {
      for area in pixels.areas { picture.surface.copy(area, of: pixels.image.surface, to: area.corner) }
      return pixels.image
    }
    defer { picture = pixels.image }
    return picture
  }

  /// What the pointer changed in the picture since the last frame; nil for nothing. In a dump with both files, the
  /// events are about the picture without the pointer, but a frame is due.
  mutating func takePointerDamage() -> Rectangle? {
    guard !awaitsDamage, let area = pointerDamage.take() else { return nil }
    isDirty = true
    return cursorMode == .with ? area : nil
  }

  /// The pointer looks different now.
  mutating func setPointer(_ image: CursorImage?) {
    notePointer()
    pointer = image
    notePointer()
  }

  /// The pointer is somewhere else now.
  mutating func movePointer(to position: Point) {
    notePointer()
    self.position = position
    notePointer()
  }

  /// The picture as a frame, its files stored; nil when it is the one of the last frame.
  mutating func takeFrame(storing store: FrameStore) throws -> EventLine.Frame? {
    guard let picture else { return nil }
    isDirty = false
    let plain = cursorMode == .with ? nil : FrameHash(of: picture)
    let pointed = try cursorMode == .without ? nil : showingPointer(on: picture) { FrameHash(of: $0) }
    guard last != [plain, pointed] else { return nil }
    try store.countFrame()
    last = [plain, pointed]
    summary.frames += 1
    let name = FrameName(scanout: scanout, number: summary.frames)
    func storePointed(_ hash: FrameHash, _ name: FrameName) throws -> String {
      try showingPointer(on: picture) { try store.store($0, hash, as: name) }
    }
    switch (plain, pointed) {
    case (let plain?, let pointed):
      return EventLine.Frame(
        number: name.number, file: try store.store(picture, plain, as: name), hash: plain,
        cursorFile: try pointed.map { try storePointed($0, name.withPointer) }, cursorHash: pointed)
    case (nil, let pointed?):
      return EventLine.Frame(number: name.number, file: try storePointed(pointed, name), hash: pointed)
    case (nil, nil):
      return nil
    }
  }

  /// Lends the picture with the pointer drawn on it, and takes that away again.
  private func showingPointer<Result>(on picture: Image, _ body: (Image) throws -> Result) throws -> Result {
    guard let pointer, let box = pointerBox else { return try body(picture) }
    let covered = try Surface(size: box.size, format: picture.surface.format)
    covered.copy(box, of: picture.surface, to: .zero)
    picture.surface.draw(pointer.surface, over: position)
    defer { picture.surface.copy(Rectangle(covered.size), of: covered, to: box.corner) }
    return try body(picture)
  }

  /// Adds where the pointer is to what it damaged.
  private mutating func notePointer() {
    guard cursorMode != .without, !awaitsDamage, let box = pointerBox else { return }
    pointerDamage = pointerDamage?.union(box) ?? box
  }

  /// The pixels that the pointer covers; nil for none, or when the source has drawn it already.
  private var pointerBox: Rectangle? {
    guard let picture, let pointer, !pointer.isInFrame else { return nil }
    return pointer.area(at: position, on: picture.size)
  }
}

extension Rectangle {
  /// Its top left corner, for a rectangle inside a surface.
  var corner: Point { Point(x: Int32(clamping: x), y: Int32(clamping: y)) }
}

internal import Display
internal import Frames
internal import PNG

/// One scanout of a dump that is being written: its image, its cursor, and which frame came last.
struct DumpLane {
  let scanout: ScanoutID
  private let cursorMode: CursorMode
  private(set) var summary: Manifest.Scanout

  private var image: Image?
  /// The size of what is shown; nil: the scanout is off.
  private var size: Size?
  /// True from a new surface to its first damage: what is in `image` is not what the scanout shows.
  private var awaitsDamage = true
  /// True when a frame is due: something changed since the last one.
  private(set) var isDirty = false
  private var cursor: CursorImage?
  private var position = Point.zero
  /// Where a cursor that frames show was and is, since the last frame.
  private var cursorDamage: Rectangle?
  /// What the last frame showed: the image without and with the cursor, as far as the dump has them.
  private var last: [FrameHash?] = []

  init(_ scanout: ScanoutID, _ options: FrameDumpOptions) {
    self.scanout = scanout
    cursorMode = options.cursor
    summary = Manifest.Scanout(scanout: scanout)
  }

  /// The scanout shows another surface, or none. It has no image before it is damaged; and after it was off, or had
  /// another size, the first image is a frame, even if it is that of the last one.
  mutating func show(_ surface: RecordedSurface?) {
    isDirty = false
    awaitsDamage = true
    cursorDamage = nil
    if surface?.size != size {
      image = nil
      last = []
    }
    size = surface?.size
    if let surface { summary.note(surface) }
  }

  /// Notes damage, and gives it as frames show it: where they show the cursor, it reaches to where that moved.
  mutating func damage(_ rectangle: Rectangle) -> Rectangle {
    isDirty = true
    awaitsDamage = false
    return takeCursorDamage().map(rectangle.union) ?? rectangle
  }

  /// Takes damaged pixels over, and gives an image back that is free now. When they are all of the image, nothing is
  /// copied.
  mutating func take(_ pixels: StagedPixels) -> Image? {
    // The pixels of a surface that is not shown any more.
    guard pixels.image.size == size else { return pixels.image }
    if let image, image.size == pixels.image.size, !pixels.isWhole {
      for area in pixels.areas { image.surface.copy(area, of: pixels.image.surface, to: area.corner) }
      return pixels.image
    }
    defer { image = pixels.image }
    return image
  }

  /// What the cursor changed in the image since the last frame; nil for nothing. In a dump with both files, the
  /// events are about the image without the cursor, but a frame is due.
  mutating func takeCursorDamage() -> Rectangle? {
    guard !awaitsDamage, let area = cursorDamage.take() else { return nil }
    isDirty = true
    return cursorMode == .with ? area : nil
  }

  /// The cursor looks different now.
  mutating func setCursor(_ image: CursorImage?) {
    noteCursor()
    cursor = image
    noteCursor()
  }

  /// The cursor is somewhere else now.
  mutating func moveCursor(to position: Point) {
    noteCursor()
    self.position = position
    noteCursor()
  }

  /// The image as a frame, its files stored; nil when it is the one of the last frame.
  mutating func takeFrame(at time: DisplayTime, storing store: FrameStore) throws -> RecordedFrame? {
    guard let image else { return nil }
    isDirty = false
    let plain = cursorMode == .with ? nil : FrameHash(of: image)
    let showing = try cursorMode == .without ? nil : showingCursor(on: image) { FrameHash(of: $0) }
    guard last != [plain, showing] else { return nil }
    try store.countFrame()
    last = [plain, showing]
    summary.frames += 1
    let name = FrameName(scanout: scanout, number: summary.frames)
    func storeShowing(_ hash: FrameHash, _ name: FrameName) throws -> String {
      try showingCursor(on: image) { try store.store($0, hash, as: name) }
    }
    func frame(_ file: String, _ hash: FrameHash, _ cursorFile: String? = nil, _ cursorHash: FrameHash? = nil)
      -> RecordedFrame
    {
      RecordedFrame(
        scanout: scanout, number: summary.frames, time: time, size: image.size, file: file, hash: hash,
        cursorFile: cursorFile, cursorHash: cursorHash)
    }
    switch (plain, showing) {
    case (let plain?, let showing):
      return frame(
        try store.store(image, plain, as: name), plain, try showing.map { try storeShowing($0, name.withCursor) },
        showing)
    case (nil, let showing?): return frame(try storeShowing(showing, name), showing)
    case (nil, nil): return nil
    }
  }

  /// Lends the image with the cursor drawn on it, and takes that away again.
  private func showingCursor<Result>(on image: Image, _ body: (Image) throws -> Result) throws -> Result {
    guard let cursor, let box = cursorBox else { return try body(image) }
    let covered = try Surface(size: box.size, format: image.surface.format)
    covered.copy(box, of: image.surface, to: .zero)
    image.surface.draw(cursor.surface, over: position)
    defer { image.surface.copy(Rectangle(covered.size), of: covered, to: box.corner) }
    return try body(image)
  }

  /// Adds where the cursor is to what it damaged.
  private mutating func noteCursor() {
    guard cursorMode != .without, !awaitsDamage, let box = cursorBox else { return }
    cursorDamage = cursorDamage?.union(box) ?? box
  }

  /// The pixels that the cursor covers; nil for none, or when the source has drawn it already.
  private var cursorBox: Rectangle? {
    guard let image, let cursor, !cursor.isInFrame else { return nil }
    return cursor.area(at: position, on: image.size)
  }
}

extension Rectangle {
  /// Its top left corner, for a rectangle inside a surface.
  var corner: Point { Point(x: Int32(clamping: x), y: Int32(clamping: y)) }
}

internal import Display

/// The cursor of a scanout, and how much of it the front end was sent.
struct CursorOutbox {
  private var cursor: CursorImage?
  /// The top left corner of the source's image, in pixels of the scanout.
  private var position = Point.zero
  private var isNew = false
  private var hasMoved = false
  /// True while the front end shows a cursor.
  private var isShown = false
  /// From the corner of the source's image to that of the image that the front end has: a scaled cursor points where the
  /// source's does.
  private var shift = Point.zero

  /// Takes a cursor in. True when there is something to send.
  mutating func show(_ image: CursorImage?) -> Bool {
    cursor = image
    isNew = true
    return image != nil || isShown
  }

  /// Takes a position in. True when there is something to send.
  mutating func move(to position: Point) -> Bool {
    self.position = position
    hasMoved = true
    return cursor != nil
  }

  /// True when something has not been sent yet.
  var isBehind: Bool { isNew && (cursor != nil || isShown) || hasMoved && isShown }

  /// The next message.
  mutating func next(of scanout: ScanoutID, _ features: DisplayFeatures) -> OutgoingMessage? {
    let takesAny = features.contains(.surfaces)
    if isNew {
      isNew = false
      // Without the extension a front end would draw a cursor that is in the frame already once more.
      if let cursor, takesAny || !cursor.isInFrame, let message = image(cursor, of: scanout, takesAny) {
        return message
      }
      if isShown { return hide(scanout, takesAny) }
    }
    guard hasMoved else { return nil }
    hasMoved = false
    return isShown ? OutgoingMessage(.cursorPosition(scanout, shifted)) : nil
  }

  private var shifted: Point { position.moved(by: shift) }

  private mutating func image(_ cursor: CursorImage, of scanout: ScanoutID, _ takesAny: Bool) -> OutgoingMessage? {
    let side = takesAny ? UInt32(DisplaySocketRequest.largestCursorSide) : DisplaySocketRequest.cursorSide
    guard let sent = SentCursor(cursor, side: side, isPadded: !takesAny) else { return nil }
    isShown = true
    shift = sent.shift
    let message: DisplaySocketMessage
    if takesAny {
      // Its position follows.
      hasMoved = true
      message = .cursorImage(scanout, sent.image.size, hotSpot: sent.hotSpot, isInFrame: cursor.isInFrame)
    } else {
      hasMoved = false
      message = .cursorUpdate(scanout, at: shifted, hotSpot: sent.hotSpot)
    }
    var outgoing = OutgoingMessage(message, Rectangle(sent.image.size), of: sent.image)
    if sent.isScaled {
      outgoing.notice =
        "a cursor of \(cursor.surface.size) pixels is shown smaller: the display socket takes \(side)x\(side) at most"
    }
    return outgoing
  }

  private mutating func hide(_ scanout: ScanoutID, _ takesAny: Bool) -> OutgoingMessage {
    isShown = false
    hasMoved = false
    return OutgoingMessage(
      takesAny ? .cursorImage(scanout, nil, hotSpot: .zero, isInFrame: false) : .cursorHide(scanout, shifted))
  }
}

/// A cursor as a front end gets it: at most as large as that takes.
private struct SentCursor {
  /// Pixels in `b8g8r8a8`.
  let image: Surface
  /// Inside the image.
  let hotSpot: Point
  /// From the corner of the source's image to the corner of this one.
  let shift: Point
  let isScaled: Bool

  /// Scales a cursor that is larger than `side` pixels a side; with `isPadded`, a smaller one gets transparent pixels on its
  /// right and below. Fails when memory runs out.
  init?(_ cursor: CursorImage, side: UInt32, isPadded: Bool) {
    let (size, hotSpot) = (cursor.surface.size, cursor.hotSpot)
    let longest = max(size.width, size.height)
    isScaled = longest > side
    let scale = isScaled ? Double(side) / Double(longest) : 1
    let drawn = Size(
      width: max(1, UInt32((Double(size.width) * scale).rounded())),
      height: max(1, UInt32((Double(size.height) * scale).rounded())))
    // Guests send any hot spot; front ends take one inside the image.
    func scaled(_ coordinate: Int32, below limit: UInt32) -> Int32 {
      min(max(0, Int32(clamping: Int64((Double(coordinate) * scale).rounded(.down)))), Int32(clamping: limit) - 1)
    }
    self.hotSpot = Point(x: scaled(hotSpot.x, below: drawn.width), y: scaled(hotSpot.y, below: drawn.height))
    shift = isScaled ? hotSpot.moved(by: Point(x: -self.hotSpot.x, y: -self.hotSpot.y)) : .zero
    do {
      let source = isScaled ? try cursor.surface.scaled(to: drawn, format: .b8g8r8a8) : cursor.surface
      image = try Surface(size: isPadded ? Size(width: side, height: side) : drawn, format: .b8g8r8a8)
      image.copy(Rectangle(drawn), of: source, to: .zero)
    } catch {
      return nil
    }
  }
}

extension Point {
  /// This point, moved; at the edge of the range of coordinates it stays there.
  fileprivate func moved(by other: Point) -> Point {
    Point(x: Int32(clamping: Int64(x) + Int64(other.x)), y: Int32(clamping: Int64(y) + Int64(other.y)))
  }
}

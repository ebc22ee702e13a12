internal import Display
internal import LinuxIO

/// What a scanout shows, and how much of it the front end was sent.
///
/// It decides what is valid to send: pixels only inside the size that was announced last, a size only when it changes.
struct ScanoutOutbox {
  /// The surface that the scanout shows.
  private struct Shown {
    let surface: Surface
    let file: SurfaceFile?
    var route: SurfaceRoute
    /// Its number among the surfaces of the scanout.
    let number: UInt64

    /// The copy of its pixels; nil: there is none.
    var copy: Surface? {
      if case .pixels(let image) = route, image !== surface { image } else { nil }
    }
  }

  /// What the front end was told last.
  private enum Announced: Equatable {
    case off
    /// SCANOUT, whose pixels follow.
    case pixels(Size)
    /// DMABUF_SCANOUT with the surface of this number.
    case buffer(UInt64)
    /// `surface` with the surface of this number.
    case file(UInt64)
  }

  /// The bytes of pixels in one message, about. The front end reads a message in one go, and QEMU does nothing else meanwhile.
  private static let maximumPixelBytes = 1 << 20
  /// The most frames that are sent before the front end has received the first of them.
  private static let maximumFramesOnTheWay = 2

  /// Frames that were begun since the front end had received everything.
  var framesOnTheWay = 0
  /// True from DMABUF_UPDATE until its reply.
  var awaitsReply = false

  private var shown: Shown?
  private var surfaces: UInt64 = 0
  private var announced = Announced.off
  /// What changed since the frame that is being sent.
  private var damage = Damage()
  /// What of the frame that is being sent has not been sent yet.
  private var unsent: [Rectangle] = []
  /// The latest frame, the one that is being sent, and the one that the front end was told of.
  private var frame: UInt64 = 0
  private var frameBeingSent: UInt64 = 0
  private var frameTold: UInt64 = 0
  private var cursor = CursorOutbox()

  // MARK: - Events

  /// Takes an event in. True when it is to be sent now.
  ///
  /// A surface that takes the place of one of the same size waits for its first damage: a guest that flips pages flushes
  /// after each flip.
  mutating func receive(_ event: DisplayEvent, _ router: SurfaceRouter) throws(SurfaceError) -> Bool {
    switch event {
    case .scanout(let surface): return try show(surface, router)
    case .damage(let area):
      guard let shown else { return false }
      let corner = Point(x: Int32(clamping: area.x), y: Int32(clamping: area.y))
      shown.copy?.copy(area, of: shown.surface, to: corner)
      damage.add(area)
      return false
    case .frame(let number):
      frame = number
      return true
    case .cursor(let image): return cursor.show(image)
    case .cursorMoved(let position): return cursor.move(to: position)
    case .vsync: return false
    }
  }

  private mutating func show(_ surface: Surface?, _ router: SurfaceRouter) throws(SurfaceError) -> Bool {
    let before = shown
    shown = nil
    damage = Damage()
    unsent = []
    surfaces += 1
    let limit = UInt32(DisplaySocketRequest.largestSide)
    guard let surface, max(surface.size.width, surface.size.height) <= limit else { return before != nil }
    let file = surface.file
    shown = Shown(
      surface: surface, file: file, route: try router.route(surface, file: file, spare: before?.copy), number: surfaces)
    damage.add(Rectangle(surface.size))
    return before?.surface.size != surface.size
  }

  /// Chooses the route again, when the features are known.
  mutating func route(again router: SurfaceRouter) {
    if let route = router.route(shown?.file) { shown?.route = route }
  }

  // MARK: - Messages

  /// The next message about the cursor.
  mutating func nextCursor(of scanout: ScanoutID, _ features: DisplayFeatures) -> OutgoingMessage? {
    cursor.next(of: scanout, features)
  }

  /// The next message about the image.
  mutating func nextImage(
    of scanout: ScanoutID, _ features: DisplayFeatures, mayStart: () -> Bool
  ) -> OutgoingMessage? {
    guard let shown else { return off(scanout) }
    if let announcement = announce(shown, on: scanout) { return announcement }
    if unsent.isEmpty, !damage.isEmpty, !awaitsReply {
      guard framesOnTheWay < Self.maximumFramesOnTheWay || mayStart() else { return nil }
      framesOnTheWay += 1
      frameBeingSent = frame
      unsent = damage.take().rectangles.compactMap { $0.intersection(Rectangle(shown.surface.size)) }
    }
    if let area = unsent.first { return pixels(area, of: shown, on: scanout) }
    if damage.isEmpty { frameBeingSent = frame }
    guard features.contains(.surfaces), frameBeingSent != frameTold else { return nil }
    frameTold = frameBeingSent
    return OutgoingMessage(.frame(scanout, frameTold))
  }

  /// True when something could not be sent yet.
  var isBehind: Bool {
    !damage.isEmpty || !unsent.isEmpty || cursor.isBehind || shown == nil && announced != .off
  }

  private mutating func off(_ scanout: ScanoutID) -> OutgoingMessage? {
    defer { announced = .off }
    switch announced {
    case .off: return nil
    case .buffer: return OutgoingMessage(.sharedScanout(scanout, nil))
    case .pixels, .file: return OutgoingMessage(.scanout(scanout, nil))
    }
  }

  /// The message that a surface needs before its pixels; nil: the front end has had it.
  private mutating func announce(_ shown: Shown, on scanout: ScanoutID) -> OutgoingMessage? {
    let size = shown.surface.size
    switch shown.route {
    case .pixels:
      if announced == .pixels(size) { return nil }
      // The buffer of before goes first: QEMU keeps it beside the pixels.
      if case .buffer = announced { return off(scanout) }
      announced = .pixels(size)
      return OutgoingMessage(.scanout(scanout, size))
    case .buffer(let file):
      if announced == .buffer(shown.number) { return nil }
      announced = .buffer(shown.number)
      let frame = SharedScanout(
        area: Rectangle(size), bufferSize: size, stride: UInt32(clamping: file.stride),
        fourcc: shown.surface.format.opaque.fourcc, modifier: file.modifier)
      return OutgoingMessage(.sharedScanout(scanout, frame), descriptor: file.file)
    case .file(let file):
      if announced == .file(shown.number) { return nil }
      announced = .file(shown.number)
      let frame = FileScanout(
        size: size, format: shown.surface.format, stride: UInt32(clamping: file.stride), offset: file.offset)
      return OutgoingMessage(.surface(scanout, frame), descriptor: file.file, isForReading: true)
    }
  }

  private mutating func pixels(_ area: Rectangle, of shown: Shown, on scanout: ScanoutID) -> OutgoingMessage {
    switch shown.route {
    case .file:
      unsent.removeFirst()
      return OutgoingMessage(.damage(scanout, area))
    case .buffer:
      let all = unsent.reduce(area) { $0.union($1) }
      unsent = []
      awaitsReply = true
      return OutgoingMessage(.sharedUpdate(scanout, all))
    case .pixels(let image):
      let rows = UInt32(max(1, Self.maximumPixelBytes / (Int(area.width) * PixelFormat.bytesPerPixel)))
      var part = area
      if area.height > rows {
        part.height = rows
        unsent[0] = Rectangle(x: area.x, y: area.y + rows, width: area.width, height: area.height - rows)
      } else {
        unsent.removeFirst()
      }
      return OutgoingMessage(.update(scanout, part), part, of: image)
    }
  }
}

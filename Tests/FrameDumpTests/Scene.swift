import Display

/// A source for tests: a little of everything that a device does, the same each time.
struct Scene {
  let sink: any DisplaySink
  private var time = DisplayTime.zero
  private var ticks: [ScanoutID: UInt64] = [:]
  private var frames: [ScanoutID: UInt64] = [:]

  init(_ sink: any DisplaySink) {
    self.sink = sink
  }

  /// Sends an event a millisecond after the one before; damage is a frame of its own.
  mutating func send(_ event: DisplayEvent, on scanout: ScanoutID = 0) throws {
    time.nanoseconds += 1_000_000
    try sink.receive(event, on: scanout, at: time)
    // What is damaged is flushed.
    guard case .damage = event else { return }
    frames[scanout, default: 0] += 1
    try sink.receive(.frame(frames[scanout, default: 0]), on: scanout, at: time)
  }

  mutating func tick(_ scanout: ScanoutID = 0) throws {
    ticks[scanout, default: 0] += 1
    try send(.vsync(tick: ticks[scanout, default: 0]), on: scanout)
  }

  /// A surface of one colour.
  static func surface(_ width: UInt32, _ height: UInt32, _ format: PixelFormat = .b8g8r8x8, _ color: Color = .blue)
    throws -> Surface
  {
    let surface = try Surface(size: Size(width: width, height: height), format: format)
    surface.fill(Rectangle(surface.size), with: color)
    return surface
  }

  /// A cursor with a translucent border.
  static func cursor(_ color: Color = .white, hotSpot: Point = Point(x: 1, y: 1)) throws -> CursorImage {
    let surface = try Surface(size: Size(width: 8, height: 8), format: .r8g8b8a8)
    surface.fill(Rectangle(surface.size), with: Color(red: 60, green: 0, blue: 0, alpha: 128))
    surface.fill(Rectangle(x: 2, y: 2, width: 4, height: 4), with: color)
    return CursorImage(surface: surface, hotSpot: hotSpot)
  }

  /// Plays the whole scene.
  mutating func play() throws {
    let desktop = try Self.surface(64, 48)
    let panel = try Self.surface(40, 30, .a8r8g8b8, .green)
    try send(.scanout(desktop))
    try send(.scanout(panel), on: 1)
    try send(.damage(Rectangle(desktop.size)))
    try tick()
    try send(.damage(Rectangle(x: 3, y: 3, width: 5, height: 5)), on: 1)
    try tick(1)
    // Parts change, one of them outside what is flushed.
    for step: UInt32 in 0..<6 {
      let part = Rectangle(x: step * 8, y: step * 4, width: 9, height: 7)
      desktop.fill(part, with: Color(red: UInt8(step * 40), green: 200, blue: 10))
      desktop.fill(Rectangle(x: 60, y: 0, width: 2, height: step), with: .red)
      try send(.damage(part))
      try send(.cursorMoved(Point(x: Int32(step) * 12 - 4, y: Int32(step) * 10 - 4)))
      if step == 1 { try send(.cursor(Self.cursor())) }
      if step == 4 { try send(.cursor(Self.cursor(.green, hotSpot: Point(x: -3, y: 90)))) }
      try tick()
    }
    try send(.damage(Rectangle(desktop.size)))
    // Nothing changed.
    try send(.damage(Rectangle(x: 0, y: 0, width: 1, height: 1)))
    try tick()
    // Only the cursor changes: it moves, is hidden, then leaves the scanout.
    try send(.cursor(Self.cursor()))
    try send(.cursorMoved(Point(x: 20, y: 20)))
    try tick()
    try send(.cursorMoved(Point(x: 24, y: 22)))
    try tick()
    try send(.damage(Rectangle(x: 30, y: 30, width: 2, height: 2)))
    try send(.cursor(nil))
    try tick()
    try send(.cursor(Self.cursor()))
    try send(.cursorMoved(Point(x: -500, y: 7)))
    try tick()
    // Two buffers in turn: frames equal to earlier ones.
    let back = try Self.surface(64, 48, .x8b8g8r8, .red)
    for flip in 0..<4 {
      try send(.scanout(flip % 2 == 0 ? back : desktop))
      try send(.damage(Rectangle(x: 1, y: 1, width: 2, height: 2)))
      try tick()
    }
    // Damage that no tick sees, another size, off, and on again.
    desktop.fill(Rectangle(x: 0, y: 0, width: 64, height: 20), with: .white)
    try send(.damage(Rectangle(desktop.size)))
    let wide = try Self.surface(80, 24, .r8g8b8x8, .green)
    try send(.scanout(wide))
    try send(.cursorMoved(Point(x: 70, y: 20)))
    try tick()
    try send(.damage(Rectangle(x: 79, y: 23, width: 1, height: 1)))
    try tick()
    try send(.scanout(nil), on: 1)
    try tick(1)
    try send(.scanout(panel), on: 1)
    try send(.damage(Rectangle(panel.size)), on: 1)
    try tick(1)
    try sink.finish()
  }
}

extension Color {
  static let blue = Color(red: 20, green: 40, blue: 200)
  static let green = Color(red: 10, green: 180, blue: 60)
  static let red = Color(red: 220, green: 30, blue: 20)
  static let white = Color(red: 255, green: 255, blue: 255)
}

extension DisplaySink {
  /// Receives damage, which is a frame.
  func flush(_ damage: Rectangle, on scanout: ScanoutID = 0, number: UInt64 = 1, at time: DisplayTime = .zero) throws {
    try receive(.damage(damage), on: scanout, at: time)
    try receive(.frame(number), on: scanout, at: time)
  }
}

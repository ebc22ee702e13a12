internal import Display

/// The surface on the first output: colour bars, a label, and a ball in a box.
struct Stage {
  private static let bars: [UInt32] = [
    0xf2f2f2, 0xf4d35e, 0x2ec4b6, 0x57a773, 0xb56cc6, 0xe4572e, 0x3a6ea5, 0x10131a,
  ]
  private static let ballSide: UInt32 = 44

  private let frame: Framebuffer
  private let box: Rectangle

  init(_ driver: GPUDriver, size: Size, format: PixelFormat, _ number: Int) throws {
    // Pages lie scattered in a real guest; runs of 64 KiB make the device put them together.
    frame = try Framebuffer(driver, size: size, format: format, run: 65536)
    box = Rectangle(x: 40, y: size.height / 2, width: size.width - 80, height: size.height / 2 - 60)
    drawBackground(size, format)
    drawBall(number)
    try frame.show(on: 0)
    try frame.flush()
  }

  /// Moves the ball: the part that it leaves and the part that it enters are one damaged rectangle.
  func draw(_ number: Int) throws {
    let old = ball(number - 1)
    frame.surface.fill(old, with: Color(0x1b2130))
    drawBall(number)
    try frame.flush(old.union(ball(number)))
  }

  func unref() throws {
    try frame.unref()
  }

  private func drawBackground(_ size: Size, _ format: PixelFormat) {
    let surface = frame.surface
    surface.fillGradient(Rectangle(size), from: Color(0x24324a), to: Color(0x0b0e14))
    let width = (size.width - 80) / UInt32(Self.bars.count)
    for (index, bar) in Self.bars.enumerated() {
      surface.fill(
        Rectangle(x: 40 + UInt32(index) * width, y: 96, width: width, height: size.height / 2 - 120), with: Color(bar))
    }
    Lettering(scale: 6).draw("SCANOUT 0", on: surface, x: 40, y: 28, color: Color(0xffffff))
    let label = "\(size) \(format.rawValue)".uppercased()
    Lettering(scale: 3).draw(label, on: surface, x: 40, y: 70, color: Color(0x9fb3d1))
    surface.fill(box, with: Color(0x1b2130))
    surface.strokeInside(
      Rectangle(x: box.x - 2, y: box.y - 2, width: box.width + 4, height: box.height + 4), thickness: 2,
      with: Color(0x3d4f6e))
  }

  private func drawBall(_ number: Int) {
    let place = ball(number)
    frame.surface.fillDisc(x: place.x, y: place.y, diameter: Self.ballSide, with: Color(0xf4d35e))
    frame.surface.fillDisc(x: place.x + 10, y: place.y + 8, diameter: 12, with: Color(0xfbeeb8))
  }

  private func ball(_ number: Int) -> Rectangle {
    Rectangle(
      x: box.x + Path.bounce(number * 9, box.width - Self.ballSide),
      y: box.y + Path.bounce(number * 5, box.height - Self.ballSide), width: Self.ballSide, height: Self.ballSide)
  }
}

/// Ways to move.
enum Path {
  /// Back and forth between 0 and `most`.
  static func bounce(_ distance: Int, _ most: UInt32) -> UInt32 {
    let span = Int(most)
    guard span > 0 else { return 0 }
    let place = max(0, distance) % (2 * span)
    return UInt32(clamping: place <= span ? place : 2 * span - place)
  }
}

internal import Display

/// The surface on the second output: a bar that fills while the scene runs, in a part of a larger resource.
struct Meter {
  private let frame: Framebuffer
  private let shown: Rectangle

  init(_ driver: GPUDriver, size: Size) throws {
    // The output shows the middle of a surface that is 32 pixels larger on each side, so damage has to be translated.
    let margin: UInt32 = 32
    frame = try Framebuffer(
      driver, size: Size(width: size.width + 2 * margin, height: size.height + 2 * margin), format: .r8g8b8x8)
    shown = Rectangle(x: margin, y: margin, width: size.width, height: size.height)
    frame.surface.fill(Rectangle(frame.surface.size), with: Color(0xff00ff))
    frame.surface.fillGradient(shown, from: Color(0x3b1f3a), to: Color(0x120a16))
    Lettering(scale: 4).draw("SCANOUT 1", on: frame.surface, x: margin + 32, y: margin + 40, color: Color(0xffffff))
    Lettering(scale: 2).draw(
      "\(size) of a larger picture".uppercased(), on: frame.surface, x: margin + 32, y: margin + 72,
      color: Color(0xc9a7c7))
    frame.surface.strokeInside(
      Rectangle(x: margin + 30, y: margin + size.height / 2 - 2, width: size.width - 60, height: 36), thickness: 2,
      with: Color(0xc9a7c7))
    try frame.transfer()
    try frame.show(on: 1, shown)
  }

  /// Lengthens the bar; the first time, all of the surface is flushed.
  func draw(_ number: Int) throws {
    let room = shown.width - 64
    let length = room * UInt32(clamping: number + 4) / UInt32(DemoScene.steps)
    let start = room * UInt32(clamping: number) / UInt32(DemoScene.steps)
    let part = Rectangle(
      x: shown.x + 32 + start, y: shown.y + shown.height / 2, width: length - start, height: 32)
    frame.surface.fill(part, with: Color(0xe4572e))
    try frame.flush(number == 0 ? nil : part)
  }
}

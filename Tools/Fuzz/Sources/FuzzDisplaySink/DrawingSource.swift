import Display
import FuzzSupport

/// A display source that shows, damages and hides what the fuzzer chooses, as the contract of display events allows.
final class DrawingSource {
  private static let scanouts = 3

  let source = DisplaySource()
  private let allocator = SurfaceAllocator()
  private var shown = [Surface?](repeating: nil, count: scanouts)
  private var frames = [UInt64](repeating: 0, count: scanouts)

  /// Emits one event, or the two of a frame.
  func draw(_ choices: inout Choices) throws {
    let scanout = choices.below(Self.scanouts)
    switch choices.below(6) {
    case 0: try show(scanout, &choices)
    case 1: try source.emit(.cursor(try cursor(&choices)), on: scanout, at: .zero)
    case 2:
      let position = Point(x: Int32(bitPattern: choices.word()), y: Int32(bitPattern: choices.word()))
      try source.emit(.cursorMoved(position), on: scanout, at: .zero)
    case 3: try source.emit(.vsync(tick: frames[scanout]), on: scanout, at: .zero)
    default: try damage(scanout, &choices)
    }
  }

  private func show(_ scanout: Int, _ choices: inout Choices) throws {
    shown[scanout] = choices.oneIn(4) ? nil : try surface(largest: 96, &choices)
    try source.emit(.scanout(shown[scanout]), on: scanout, at: .zero)
  }

  private func damage(_ scanout: Int, _ choices: inout Choices) throws {
    guard let surface = shown[scanout] else { return }
    let x = UInt32(choices.below(Int(surface.size.width)))
    let y = UInt32(choices.below(Int(surface.size.height)))
    let area = Rectangle(
      x: x, y: y, width: 1 + UInt32(choices.below(Int(surface.size.width - x))),
      height: 1 + UInt32(choices.below(Int(surface.size.height - y))))
    surface.fill(area, with: Color(red: choices.byte(), green: choices.byte(), blue: 0))
    try source.emit(.damage(area), on: scanout, at: .zero)
    frames[scanout] += 1
    try source.emit(.frame(frames[scanout]), on: scanout, at: .zero)
  }

  private func cursor(_ choices: inout Choices) throws -> CursorImage? {
    guard !choices.oneIn(4) else { return nil }
    let hotSpot = Point(x: Int32(bitPattern: choices.word()), y: Int32(bitPattern: choices.word()))
    return CursorImage(surface: try surface(largest: 80, &choices), hotSpot: hotSpot)
  }

  /// A surface in memory or in a file.
  private func surface(largest: Int, _ choices: inout Choices) throws -> Surface {
    let size = Size(width: 1 + UInt32(choices.below(largest)), height: 1 + UInt32(choices.below(largest)))
    let format: PixelFormat = choices.pick(.b8g8r8x8, .r8g8b8a8, .a8r8g8b8)
    if choices.oneIn(2) { return try allocator.makeSurface(size: size, format: format) }
    return try Surface(size: size, format: format)
  }
}

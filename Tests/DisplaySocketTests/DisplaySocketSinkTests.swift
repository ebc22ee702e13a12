import Display
import DisplayPeers
import DisplaySocket
import LinuxIO
import Synchronization
import Testing
import VirtioGPU

@Suite("Frames over the display socket")
struct DisplaySocketSinkTests {
  private let size = Size(width: 96, height: 64)
  private let whole = Rectangle(x: 0, y: 0, width: 96, height: 64)

  private func surface(_ seed: UInt8 = 1, _ format: PixelFormat = .b8g8r8x8) throws -> Surface {
    let surface = try Surface(size: size, format: format)
    surface.draw(seed)
    return surface
  }

  private func show(_ surface: Surface, _ source: DisplaySource, frame: UInt64 = 1) throws {
    try source.emit(.scanout(surface), on: 0, at: .zero)
    try flush(Rectangle(surface.size), source, frame: frame)
  }

  private func flush(_ area: Rectangle, _ source: DisplaySource, frame: UInt64) throws {
    try source.emit(.damage(area), on: 0, at: .zero)
    try source.emit(.frame(frame), on: 0, at: .zero)
  }

  @Test("all eight formats arrive with their colours", arguments: PixelFormat.allCases)
  func formats(format: PixelFormat) throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let shown = try surface(3, format)
    try show(shown, source)
    try frontEnd.receive { try frontEnd.images[0]?.colors == shown.colors }
    #expect(frontEnd.messages.prefix(2) == [.getProtocolFeatures, .setProtocolFeatures([.modifiers])])
    #expect(frontEnd.messages.dropFirst(2).first == .scanout(0, size))
  }

  @Test("a part of a resource, and only what was damaged of it, is sent")
  func parts() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let resource = try surface(9)
    let part = try Surface(Rectangle(x: 16, y: 8, width: 48, height: 32), of: resource)
    // Without a flush, so that all of it is sent once.
    try source.emit(.scanout(part), on: 0, at: .zero)
    try frontEnd.receive { try frontEnd.images[0]?.colors == part.colors }
    let count = frontEnd.messages.count
    let area = Rectangle(x: 4, y: 4, width: 8, height: 2)
    part.fill(area, with: Color(red: 200, green: 1, blue: 2))
    try flush(area, source, frame: 2)
    #expect(try frontEnd.next() == .update(0, area))
    #expect(try frontEnd.images[0]?.colors == part.colors)
    #expect(frontEnd.messages.count == count + 1)
  }

  @Test("a size is announced when it changes, and a flip to a surface of the same size is no change")
  func sizes() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let buffers = [try surface(1), try surface(2)]
    for frame in 1...20 as ClosedRange<UInt64> {
      let buffer = buffers[Int(frame) % 2]
      try show(buffer, source, frame: frame)
      try frontEnd.receive { try frontEnd.images[0]?.colors == buffer.colors }
    }
    #expect(frontEnd.messages.filter { $0 == .scanout(0, size) }.count == 1)
    try source.emit(.scanout(nil), on: 0, at: .zero)
    try frontEnd.receive { frontEnd.messages.last == .scanout(0, nil) }
    let other = try Surface(size: Size(width: 8, height: 8), format: .b8g8r8x8)
    try show(other, source)
    try frontEnd.receive { frontEnd.messages.last == .update(0, Rectangle(other.size)) }
    #expect(frontEnd.messages.dropLast().last == .scanout(0, other.size))
  }

  @Test("a sink that joins late, and every further one, gets the whole current state")
  func late() throws {
    let source = DisplaySource()
    let shown = try surface(5)
    try show(shown, source, frame: 7)
    try source.emit(.cursorMoved(Point(x: 3, y: 4)), on: 0, at: .zero)
    let image = CursorImage(surface: try Surface(size: Size(width: 64, height: 64), format: .b8g8r8a8), hotSpot: .zero)
    try source.emit(.cursor(image), on: 0, at: .zero)
    for _ in 0..<3 {
      let (frontEnd, sink) = try ScriptedFrontEnd.make()
      try source.add(sink, named: "display", policy: .optional)
      try frontEnd.receive {
        try frontEnd.images[0]?.colors == shown.colors && frontEnd.cursors[0]?.position == Point(x: 3, y: 4)
      }
      source.remove(sink)
    }
  }

  @Test("a front end that stalls costs the source nothing, and shows the latest frame exactly when it goes on")
  func stalls() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let shown = try Surface(size: Size(width: 1024, height: 768), format: .b8g8r8x8)
    try show(shown, source)
    // It reads nothing meanwhile: a source that waited would wait for ever.
    for frame in 2...2000 as ClosedRange<UInt64> {
      let x = UInt32(frame % 1000)
      let area = Rectangle(x: x, y: x % 700, width: 16, height: 16)
      shown.fill(area, with: Color(red: UInt8(truncatingIfNeeded: frame), green: 1, blue: 2))
      try flush(area, source, frame: frame)
    }
    try frontEnd.receive { try frontEnd.images[0]?.colors == shown.colors }
    // Of 2000 frames what fits in the socket, the one on its way, and one more.
    #expect(frontEnd.messages.count < 200)
  }

  @Test("at most two frames are on their way, however small they are")
  func twoFrames() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let shown = try Surface(size: Size(width: 8, height: 8), format: .b8g8r8x8)
    try show(shown, source)
    try frontEnd.receive { frontEnd.messages.last == .update(0, Rectangle(shown.size)) }
    for frame in 2...1000 as ClosedRange<UInt64> { try flush(Rectangle(shown.size), source, frame: frame) }
    let (before, limit) = (frontEnd.messages.count, 4)
    shown.fill(Rectangle(shown.size), with: Color(red: 77, green: 0, blue: 0))
    try flush(Rectangle(shown.size), source, frame: 1001)
    try frontEnd.receive { try frontEnd.images[0]?.colors == shown.colors }
    #expect(frontEnd.messages.count - before <= limit)
  }

  @Test("the sizes change as fast as they can, and no update lies outside the current one")
  func resizes() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    var last = try surface()
    for turn in 1...300 as ClosedRange<UInt64> {
      let size = Size(width: UInt32(1 + turn * 37 % 500), height: UInt32(1 + turn * 91 % 400))
      last = try Surface(size: size, format: turn % 2 == 0 ? .b8g8r8x8 : .a8b8g8r8)
      last.draw(UInt8(truncatingIfNeeded: turn))
      try show(last, source, frame: turn)
      if turn % 5 == 0 { try source.emit(.scanout(nil), on: 0, at: .zero) }
      // The front end itself checks each message.
      if turn % 7 == 0 { _ = try frontEnd.next() }
    }
    try show(last, source, frame: 301)
    try frontEnd.receive { try frontEnd.images[0]?.colors == last.colors }
  }

  @Test("a scanout that is wider than the protocol allows is off, and one that does not exist is left out")
  func limits() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let wide = try Surface(size: Size(width: 20_000, height: 1), format: .b8g8r8x8)
    try show(wide, source)
    let shown = try surface()
    try source.emit(.scanout(shown), on: 16, at: .zero)
    try source.emit(.frame(1), on: 16, at: .zero)
    try show(shown, source, frame: 2)
    try frontEnd.receive { try frontEnd.images[0]?.colors == shown.colors }
    #expect(frontEnd.messages.dropFirst(2).first == .scanout(0, size))
    #expect(Array(frontEnd.images.keys) == [0])
  }

  // MARK: - Cursors

  @Test("a cursor of 64 pixels arrives with position and hot spot, moves, and is hidden")
  func cursor() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let image = try Surface(size: Size(width: 64, height: 64), format: .a8r8g8b8)
    image.draw(8)
    try source.emit(.cursorMoved(Point(x: -3, y: 5)), on: 2, at: .zero)
    try source.emit(.cursor(CursorImage(surface: image, hotSpot: Point(x: 99, y: -4))), on: 2, at: .zero)
    try frontEnd.receive { frontEnd.cursors[2] != nil }
    #expect(try frontEnd.cursors[2]?.image.colors == image.colors)
    #expect(frontEnd.messages.last == .cursorUpdate(2, at: Point(x: -3, y: 5), hotSpot: Point(x: 63, y: 0)))
    try source.emit(.cursorMoved(Point(x: 30, y: 40)), on: 2, at: .zero)
    #expect(try frontEnd.next() == .cursorPosition(2, Point(x: 30, y: 40)))
    try source.emit(.cursor(nil), on: 2, at: .zero)
    #expect(try frontEnd.next() == .cursorHide(2, Point(x: 30, y: 40)))
    // A hidden cursor does not move.
    try source.emit(.cursorMoved(Point(x: 1, y: 1)), on: 2, at: .zero)
    try source.emit(.cursor(CursorImage(surface: image, hotSpot: .zero)), on: 2, at: .zero)
    #expect(try frontEnd.next() == .cursorUpdate(2, at: Point(x: 1, y: 1), hotSpot: .zero))
  }

  @Test(
    "a smaller cursor is padded on its right and below; a larger one is scaled, points where it did, and is logged once"
  )
  func cursorSizes() throws {
    var options = DisplaySocketSink.Options()
    let record = Recorder()
    options.onNotice = { record.add($0) }
    let (frontEnd, sink) = try ScriptedFrontEnd.make(options: options)
    let source = DisplaySource(sink)
    let small = try Surface(size: Size(width: 24, height: 16), format: .b8g8r8a8)
    small.fill(Rectangle(small.size), with: Color(red: 255, green: 0, blue: 0))
    try source.emit(.cursor(CursorImage(surface: small, hotSpot: Point(x: 2, y: 3))), on: 0, at: .zero)
    try frontEnd.receive { frontEnd.cursors[0] != nil }
    let padded = try Surface(size: Size(width: 64, height: 64), format: .b8g8r8a8)
    padded.fill(Rectangle(small.size), with: Color(red: 255, green: 0, blue: 0))
    #expect(frontEnd.cursors[0]?.image.bytes == padded.bytes)
    #expect(record.lines.isEmpty)
    let large = try Surface(size: Size(width: 128, height: 128), format: .b8g8r8a8)
    large.fill(Rectangle(large.size), with: Color(red: 0, green: 255, blue: 0))
    for turn in 1...3 {
      try source.emit(.cursor(CursorImage(surface: large, hotSpot: Point(x: 100, y: 40))), on: 0, at: .zero)
      try source.emit(.cursorMoved(Point(x: 10, y: Int32(turn))), on: 0, at: .zero)
      try frontEnd.receive { frontEnd.cursors[0]?.position == Point(x: 60, y: Int32(turn) + 20) }
    }
    #expect(frontEnd.cursors[0]?.hotSpot == Point(x: 50, y: 20))
    let full = try Surface(size: Size(width: 64, height: 64), format: .b8g8r8a8)
    full.fill(Rectangle(full.size), with: Color(red: 0, green: 255, blue: 0))
    #expect(frontEnd.cursors[0]?.image.bytes == full.bytes)
    #expect(
      record.lines == ["a cursor of 128x128 pixels is shown smaller: the display socket takes 64x64 at most"])
  }

  @Test("a cursor that the frames show already is not sent")
  func cursorInFrame() throws {
    let (frontEnd, sink) = try ScriptedFrontEnd.make()
    let source = DisplaySource(sink)
    let image = try Surface(size: Size(width: 64, height: 64), format: .b8g8r8a8)
    try source.emit(.cursor(CursorImage(surface: image, hotSpot: .zero, isInFrame: true)), on: 0, at: .zero)
    let shown = try surface()
    try show(shown, source)
    try frontEnd.receive { try frontEnd.images[0]?.colors == shown.colors }
    #expect(frontEnd.cursors.isEmpty)
  }
}

/// Lines of another thread.
final class Recorder: Sendable {
  private let state = Mutex<[String]>([])
  var lines: [String] { state.withLock { $0 } }
  func add(_ line: String) { state.withLock { $0.append(line) } }
}

extension Surface {
  /// Its bytes; rows have no gaps.
  var bytes: [UInt8] {
    unsafe withPixels { unsafe Array(UnsafeRawBufferPointer(start: $0, count: stride * Int(size.height))) }
  }
}

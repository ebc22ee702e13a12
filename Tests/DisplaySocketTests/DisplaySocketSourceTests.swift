import Display
import DisplayPeers
import DisplaySocket
import LinuxIO
import ScanoutTesting
import Synchronization
import Testing
import VirtioGPU

@Suite("Frames of a back end")
struct DisplaySocketSourceTests {
  private let size = Size(width: 320, height: 200)
  private static let extensions: [DisplayFeatures] = [[.edid, .modifiers], [.edid, .modifiers, .surfaces]]

  private func makeSurface(_ seed: UInt8, _ format: PixelFormat = .b8g8r8x8) throws -> Surface {
    // Large enough for a file of its own, which the extension shares.
    let surface = try SurfaceAllocator().makeSurface(size: size, format: format)
    surface.draw(seed)
    return surface
  }

  private func flush(_ area: Rectangle, _ source: DisplaySource, frame: UInt64, on scanout: ScanoutID = 0) throws {
    try source.emit(.damage(area), on: scanout, at: .zero)
    try source.emit(.frame(frame), on: scanout, at: .zero)
  }

  private func show(_ surface: Surface, _ source: DisplaySource, frame: UInt64 = 1, on scanout: ScanoutID = 0) throws {
    try source.emit(.scanout(surface), on: scanout, at: .zero)
    try flush(Rectangle(surface.size), source, frame: frame, on: scanout)
  }

  @Test(
    "all eight formats arrive byte for byte, with and without the extension", arguments: PixelFormat.allCases,
    extensions)
  func formats(format: PixelFormat, features: DisplayFeatures) throws {
    let (session, sink) = try ReceivingSession.make(features)
    let source = DisplaySource(sink)
    let shown = try makeSurface(3, format)
    try show(shown, source)
    try session.turn { try session.recorder.surfaces[0]?.colors == shown.colors && session.recorder.frames[0] == 1 }
    // The extension shares the memory, and keeps the format.
    #expect((session.recorder.current[0]?.format == format) == (features.contains(.surfaces) || format == .b8g8r8x8))
    shown.fill(Rectangle(x: 7, y: 9, width: 100, height: 30), with: Color(red: 250, green: 2, blue: 9))
    try flush(Rectangle(x: 7, y: 9, width: 100, height: 30), source, frame: 2)
    try session.turn { try session.recorder.surfaces[0]?.colors == shown.colors && session.recorder.frames[0] == 2 }
    #expect(session.recorder.entries.last == .damage(0, Rectangle(x: 7, y: 9, width: 100, height: 30)))
  }

  @Test("every frame that is waited for is the frame that was sent, on every scanout", arguments: extensions)
  func everyFrame(features: DisplayFeatures) throws {
    let (session, sink) = try ReceivingSession.make(features)
    let source = DisplaySource(sink)
    let surfaces = try (0..<16).map { try makeSurface(UInt8($0)) }
    for frame in 1...4 as ClosedRange<UInt64> {
      for (scanout, surface) in surfaces.enumerated() {
        surface.draw(UInt8(scanout) &* 5 &+ UInt8(frame))
        // A page flip now and then.
        if frame % 2 == 1 { try source.emit(.scanout(surface), on: scanout, at: .zero) }
        try flush(Rectangle(size), source, frame: frame, on: scanout)
        try session.turn {
          try session.recorder.frames[scanout] ?? 0 >= frame
            && session.recorder.surfaces[scanout]?.colors == surface.colors
        }
      }
    }
    #expect(session.ends.isEmpty)
  }

  @Test("a part of a resource is shown as that part", arguments: extensions)
  func parts(features: DisplayFeatures) throws {
    let (session, sink) = try ReceivingSession.make(features)
    let source = DisplaySource(sink)
    let resource = try makeSurface(9)
    let part = try Surface(Rectangle(x: 16, y: 8, width: 160, height: 120), of: resource)
    try show(part, source)
    try session.turn { try session.recorder.surfaces[0]?.colors == part.colors }
    try source.emit(.scanout(nil), on: 0, at: .zero)
    try session.turn { session.recorder.entries.last == .off(0) }
  }

  @Test("a scanout that has not been drawn to yet is black, and has no frame")
  func black() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    try backEnd.send(7, 3, 40, 30)
    try session.settle(backEnd)
    #expect(session.recorder.entries == [.scanout(3, Size(width: 40, height: 30), .b8g8r8x8)])
    #expect(session.recorder.frames.isEmpty)
    #expect(session.recorder.current[3]?.bytes == [UInt8](repeating: 0, count: 40 * 30 * 4))
    // The same size once more is the same surface.
    try backEnd.send(8, 3, 0, 0, 1, 1, pixels: [1, 2, 3, 0])
    try backEnd.send(7, 3, 40, 30)
    try session.settle(backEnd)
    #expect(session.recorder.entries.last == .damage(3, Rectangle(x: 0, y: 0, width: 1, height: 1)))
    #expect(session.recorder.current[3]?.bytes.prefix(4) == [1, 2, 3, 0])
    #expect(session.recorder.frames[3] == 1)
  }

  @Test("pixels that come byte by byte are one frame")
  func slowly() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    try backEnd.send(7, 0, 3, 2)
    let pixels = (0..<24).map { UInt8($0 + 1) }
    for byte in RawBackEnd.words([8, 0, 44, 0, 0, 0, 3, 2]) + pixels {
      #expect(session.recorder.frames.isEmpty)
      try backEnd.sendBytes([byte])
      try session.loop.runOnce(timeoutMilliseconds: 0)
    }
    try session.settle(backEnd)
    #expect(session.recorder.frames[0] == 1)
    #expect(session.recorder.current[0]?.bytes == pixels)
  }

  @Test("a cursor arrives with image, hot spot and position, moves, and is hidden", arguments: extensions)
  func cursors(features: DisplayFeatures) throws {
    let (session, sink) = try ReceivingSession.make(features)
    let source = DisplaySource(sink)
    let side: UInt32 = features.contains(.surfaces) ? 200 : 64
    let image = try Surface(size: Size(width: side, height: side), format: .a8r8g8b8)
    image.draw(8)
    try source.emit(.cursorMoved(Point(x: -3, y: 5)), on: 2, at: .zero)
    try source.emit(.cursor(CursorImage(surface: image, hotSpot: Point(x: 4, y: 5))), on: 2, at: .zero)
    try session.turn {
      session.recorder.cursors[2] != nil && session.recorder.entries.contains(.cursorMoved(2, Point(x: -3, y: 5)))
    }
    #expect(try session.recorder.cursors[2]?.surface.colors == image.colors)
    #expect(session.recorder.cursors[2]?.hotSpot == Point(x: 4, y: 5))
    try source.emit(.cursorMoved(Point(x: 30, y: 40)), on: 2, at: .zero)
    try session.turn { session.recorder.entries.last == .cursorMoved(2, Point(x: 30, y: 40)) }
    try source.emit(.cursor(nil), on: 2, at: .zero)
    try session.turn { session.recorder.cursors[2] == nil }
  }

  @Test("a cursor that QEMU's back ends have hidden is shown again when it moves")
  func cursorReturns() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    try backEnd.send(6, 0, 1, 2, 3, 4, pixels: [UInt8](repeating: 9, count: 16384))
    try backEnd.send(5, 0, 1, 2)
    try session.settle(backEnd)
    #expect(session.recorder.cursors[0] == nil)
    try backEnd.send(4, 0, 8, 9)
    try session.settle(backEnd)
    #expect(session.recorder.cursors[0]?.hotSpot == Point(x: 3, y: 4))
    #expect(session.recorder.entries.contains(.cursorMoved(0, Point(x: 8, y: 9))))
  }

  @Test("a front end that joins late has the name, the present frame, its number and the cursor")
  func late() throws {
    let source = DisplaySource()
    let shown = try makeSurface(5)
    try show(shown, source, frame: 7)
    try source.emit(.cursorMoved(Point(x: 3, y: 4)), on: 0, at: .zero)
    let cursor = try Surface(size: Size(width: 24, height: 16), format: .b8g8r8a8)
    try source.emit(.cursor(CursorImage(surface: cursor, hotSpot: .zero)), on: 0, at: .zero)
    for _ in 0..<3 {
      let (session, sink) = try ReceivingSession.make([.surfaces])
      try source.add(sink, named: "display", policy: .optional)
      try session.turn {
        try session.recorder.frames[0] == 7 && session.recorder.surfaces[0]?.colors == shown.colors
          && session.recorder.entries.contains(.cursor(0, cursor.size, hotSpot: .zero))
          && session.recorder.entries.contains(.cursorMoved(0, Point(x: 3, y: 4)))
      }
      #expect(session.name == "guest")
      source.remove(sink)
    }
  }

  @Test("requests of sinks reach the source of the back end, and its end is told")
  func requests() throws {
    let (session, sink) = try ReceivingSession.make([.surfaces])
    let requests = Mutex<[DisplayRequest]>([])
    let arrival = try EventCounter()
    let source = DisplaySource { arrival.signal() }
    source.onRequest = { request, scanout in requests.withLock { $0.append(request) } }
    try source.add(sink, named: "display", policy: .required)
    try show(try makeSurface(1), source)
    try session.turn { session.recorder.frames[0] == 1 }
    let sent: [DisplayRequest] = [.presented(1), .resize(Size(width: 800, height: 600)), .close]
    for request in sent { session.source.request(request, of: 0) }
    try session.source.serve()
    while requests.withLock({ $0.count }) < sent.count {
      guard try arrival.wait(timeoutMilliseconds: 60_000) else { break }
      try source.serve()
    }
    #expect(requests.withLock { $0 } == sent)
    try source.finish()
    #expect(try session.end() == .ended)
    // The last frame stays.
    #expect(session.recorder.current[0] != nil)
  }

  @Test("input of every kind comes in order, and what was pressed is released when the display goes")
  func input() throws {
    let (session, sink) = try ReceivingSession.make([.surfaces])
    let requests = Mutex<[DisplayRequest]>([])
    let arrival = try EventCounter()
    let source = DisplaySource { arrival.signal() }
    source.onRequest = { request, scanout in requests.withLock { $0.append(scanout == 3 ? request : .close) } }
    try source.add(sink, named: "display", policy: .required)
    try source.emit(.scanout(try makeSurface(1)), on: 3, at: .zero)
    try session.turn { session.recorder.current[3] != nil }
    let pixel = PointerPosition.pixel(Point(x: 639, y: -1))
    let desktop = PointerPosition.desktop(DesktopPoint(x: DesktopPoint.maximum, y: 0))
    var events: [InputEvent] = [
      .key(KeyCode(rawValue: 0x2ff), isPressed: true), .key(.enter, isPressed: false), .position(pixel),
      .position(desktop),
      .motion(x: .min, y: .max), .wheel(vertical: -120, horizontal: 15), .touch(slot: 0, .down(pixel)),
      .touch(slot: InputEvent.maximumSlot, .down(desktop)), .touch(slot: 1, .move(pixel)),
      .touch(slot: 1, .move(desktop)),
      .touch(slot: 0, .up), .releaseAll,
    ]
    for button in PointerButton.allCases { events.append(.button(button, isPressed: button != .left)) }
    for event in events { session.source.request(.input(event), of: 3) }
    try session.source.serve()
    func wait(for count: Int) throws {
      while requests.withLock({ $0.count }) < count {
        guard try arrival.wait(timeoutMilliseconds: 60_000) else { break }
        try source.serve()
      }
    }
    try wait(for: events.count)
    #expect(requests.withLock { $0 } == events.map { .input($0) })
    source.onRequest = { request, _ in requests.withLock { $0.append(request) } }
    session.receiver.stop()
    try wait(for: events.count + 1)
    #expect(requests.withLock { $0.last } == .input(.releaseAll))
    withExtendedLifetime(sink) {}
  }

  @Test("while a sink holds the source nothing is received, and afterwards everything is")
  func holds() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    let holder = HoldingSink()
    try session.source.add(holder, named: "holder", policy: .required)
    try backEnd.send(7, 0, 1, 1)
    for value in 1...100 as ClosedRange<UInt8> { try backEnd.send(8, 0, 0, 0, 1, 1, pixels: [value, 0, 0, 0]) }
    for frame in 1...100 as ClosedRange<UInt64> {
      try session.turn { session.recorder.frames[0] == frame }
      // Held: a turn brings nothing.
      try session.loop.runOnce(timeoutMilliseconds: 0)
      #expect(session.recorder.frames[0] == frame)
      #expect(session.recorder.current[0]?.bytes.first == UInt8(frame))
      holder.release()
    }
  }

  @Test("an error of a required sink ends the loop with that error")
  func failingSink() throws {
    struct Full: Error, Equatable {}
    let (session, backEnd) = try ReceivingSession.makeOpen()
    try session.source.add(FailingSink(Full()), named: "failing", policy: .required)
    try backEnd.send(7, 0, 1, 1)
    #expect(throws: Full.self) { try session.turn { false } }
    #expect(session.ends.isEmpty)
  }

  @Test("a back end that never reads its replies is not read from any more, and costs no memory")
  func unreadReplies() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen(outputs: [Output(size: Size(width: 64, height: 48))])
    try backEnd.socket.descriptor.setNonBlocking()
    let request = RawBackEnd.words([11, 0, 4, 0])
    var sent = 0
    // Until both directions are full: what the front end does not read stays in the socket.
    var idle = 0
    while idle < 3 {
      let count = try backEnd.socket.sendSome(request) ?? 0
      sent += count
      idle = count == 0 ? idle + 1 : 0
      try session.loop.runOnce(timeoutMilliseconds: count == 0 ? 200 : 0)
    }
    var rest = Array(request.dropFirst(sent % request.count))
    // Once it reads, it gets every reply.
    var received = 0
    try session.turn {
      if sent % request.count != 0, let count = try backEnd.socket.sendSome(rest) {
        sent += count
        rest.removeFirst(count)
      }
      received += try backEnd.receiveSome().count
      return sent % request.count == 0 && received == sent / request.count * (12 + 1056)
    }
    #expect(session.ends.isEmpty)
  }

  @Test("outputs and EDIDs are those of the owner, and follow its changes")
  func outputs() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen(outputs: [Output(size: Size(width: 800, height: 600))])
    let frontEnd = try DisplayPeer([Output(size: Size(width: 1024, height: 768))])
    session.receiver.outputs = [Output(size: Size(width: 1024, height: 768))]
    for request in [3, 11] as [UInt32] {
      if request == 11 {
        try backEnd.send(11, 0)
        try frontEnd.send(11, 0)
      } else {
        try backEnd.send(3)
        try frontEnd.send(3)
      }
      let expected = try frontEnd.reply()?.payload
      var bytes: [UInt8] = []
      try session.turn {
        bytes += try backEnd.receiveSome()
        return bytes.count == 12 + (expected?.count ?? 0)
      }
      #expect(Array(bytes.dropFirst(12)) == expected)
    }
    // A guest may choose any scanout, and waits for the reply.
    try backEnd.send(11, 99)
    var count = 0
    try session.turn {
      count += try backEnd.receiveSome().count
      return count == 12 + 1056
    }
  }
}

/// Sink that holds its source at every frame until the test releases it.
private final class HoldingSink: DisplaySink {
  private var hold: FrameHold?
  private weak var source: DisplaySource?
  func join(_ source: DisplaySource) { self.source = source }
  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
    if case .frame = event { hold = source?.hold() }
  }
  func release() { hold?.end() }
  func finish() {}
}

import Display
import FrameDump
import Frames
import PNG
import ScanoutTesting
import Testing

@Suite("the cursor in a dump")
struct DumpCursorTests {
  /// A still desktop: a cursor is set, moves without a flush, and is in the frame of the next flush.
  static func record(_ cursor: CursorMode, _ frames: FrameMode, _ folder: TemporaryFolder) throws -> Recording {
    try FrameDumpSinkTests.dump(folder, FrameDumpOptions(cursor: cursor, frames: frames)) { scene in
      let surface = try Scene.surface(32, 32)
      try scene.send(.scanout(surface))
      try scene.send(.damage(Rectangle(surface.size)))
      try scene.tick()
      try scene.send(.cursor(Scene.cursor()))
      try scene.send(.cursorMoved(Point(x: 4, y: 4)))
      try scene.tick()
      try scene.send(.cursorMoved(Point(x: 20, y: 20)))
      try scene.tick()
      try scene.send(.damage(Rectangle(x: 31, y: 0, width: 1, height: 1)))
      try scene.tick()
    }
  }

  static func desktop(cursorAt position: Point?) throws -> Image {
    let image = try Image(copying: Scene.surface(32, 32))
    if let position {
      let cursor = try Scene.cursor()
      image.surface.draw(cursor.surface, over: position)
    }
    return image
  }

  @Test("is in no frame by default, and in the events")
  func without() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.record(FrameDumpOptions().cursor, .flush, folder)
    #expect(recording.frames.count == 1)
    #expect(try folder.files(in: "dump/cursors").count == 1)
    let events = EventRecorder()
    try ReplaySource(recording).play(into: events)
    #expect(events.entries.contains(.cursorMoved(0, Point(x: 20, y: 20))))
    #expect(events.cursors[0]?.isInFrame == false)
    #expect(events.cursors[0]?.hotSpot == Point(x: 1, y: 1))
    let cursor = try Image(copying: Scene.cursor().surface, kind: .alpha)
    let replayed = try #require(events.cursors[0]?.surface)
    #expect(try Image(copying: replayed, kind: .alpha).hasSamePixels(as: cursor))
  }

  @Test("is in the frames when asked for: at flushes, or at each tick that it moved before")
  func with() throws {
    let places: [FrameMode: [Point?]] = [
      .flush: [nil, Point(x: 20, y: 20)], .vsync: [nil, Point(x: 4, y: 4), Point(x: 20, y: 20)],
    ]
    for (frames, places) in places {
      let folder = try TemporaryFolder()
      let recording = try Self.record(.with, frames, folder)
      #expect(recording.frames.count == places.count)
      for (frame, place) in zip(recording.frames, places) {
        #expect(frame.cursorFile == nil)
        #expect(try recording.image(of: frame).hasSamePixels(as: Self.desktop(cursorAt: place)))
      }
    }
  }

  @Test("widens the damage of a dump that shows it, so that whoever copies only damage sees it move")
  func damage() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.record(.with, .flush, folder)
    let window = try DamageCopier(Size(width: 32, height: 32))
    try ReplaySource(recording).play(into: window)
    #expect(try window.image.hasSamePixels(as: Self.desktop(cursorAt: Point(x: 20, y: 20))))
    #expect(window.cursorWasInFrame)
  }

  @Test("is in a second file of each frame when both are asked for")
  func both() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.record(.both, .vsync, folder)
    let places: [Point?] = [nil, Point(x: 4, y: 4), Point(x: 20, y: 20)]
    #expect(recording.frames.map(\.file) == Array(repeating: "frames/0-000001.png", count: 3))
    #expect(
      recording.frames.map(\.cursorFile) == [
        "frames/0-000001.png", "frames/0-000002.cursor.png", "frames/0-000003.cursor.png",
      ])
    for (frame, place) in zip(recording.frames, places) {
      #expect(try recording.image(of: frame).hasSamePixels(as: Self.desktop(cursorAt: nil)))
      #expect(try recording.image(of: frame, showingCursor: true).hasSamePixels(as: Self.desktop(cursorAt: place)))
    }
  }

  @Test("can be put into the frames later, by replaying a dump without it", arguments: [CursorMode.with, .both])
  func later(cursor: CursorMode) throws {
    let folder = try TemporaryFolder()
    let plain = try TemporaryFolder()
    _ = try Self.record(cursor, .flush, folder)
    let source = try ReplaySource(Self.record(.without, .flush, plain))
    let sink = try FrameDumpSink(path: plain("again"), options: FrameDumpOptions(cursor: cursor))
    try source.play(into: sink)
    try sink.finish()
    #expect(try plain.files(in: "again") == folder.files(in: "dump"))
  }

  @Test("that frames show already cannot be left out of them", arguments: [CursorMode.without, .both])
  func inFrame(cursor: CursorMode) throws {
    let folder = try TemporaryFolder()
    let source = try ReplaySource(Self.record(.with, .flush, folder))
    let sink = try FrameDumpSink(path: folder("again"), options: FrameDumpOptions(cursor: cursor))
    #expect(throws: FrameDumpError.cursorIsInFrames) { try source.play(into: sink) }
  }

  @Test(
    "may be anywhere, of any size",
    arguments: [
      Point(x: .min, y: .min), Point(x: .max, y: .max), Point(x: -3, y: 30), Point(x: .min, y: .max),
    ])
  func anywhere(position: Point) throws {
    let folder = try TemporaryFolder()
    let recording = try FrameDumpSinkTests.dump(folder, FrameDumpOptions(cursor: .with)) { scene in
      let surface = try Scene.surface(32, 32)
      try scene.send(.scanout(surface))
      try scene.send(.cursor(Scene.cursor(hotSpot: Point(x: .min, y: .max))))
      try scene.send(.cursorMoved(position))
      try scene.send(.damage(Rectangle(surface.size)))
      try scene.send(
        .cursor(CursorImage(surface: Scene.surface(300, 200, .b8g8r8a8, .red), hotSpot: Point(x: 4, y: 4))))
      try scene.send(.damage(Rectangle(x: 0, y: 0, width: 1, height: 1)))
    }
    #expect(!recording.frames.isEmpty)
  }
}

/// Copies only damaged pixels, as a window does.
private final class DamageCopier: DisplaySink {
  let image: Image
  var cursorWasInFrame = false
  private var surface: Surface?

  init(_ size: Size) throws {
    image = try Image(size: size)
  }

  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    switch event {
    case .scanout(let surface):
      self.surface = surface
      if let surface { try image.copy(Rectangle(surface.size), of: surface, to: .zero) }
    case .damage(let rectangle):
      guard let surface else { return }
      let corner = Point(x: Int32(rectangle.x), y: Int32(rectangle.y))
      try image.copy(rectangle, of: surface, to: corner)
    case .cursor(let image): cursorWasInFrame = cursorWasInFrame || image?.isInFrame == true
    case .frame, .cursorMoved, .vsync: break
    }
  }

  func finish() {}
}

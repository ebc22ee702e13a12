import Display
import Foundation
import FrameDump
import Frames
import PNG
import ScanoutTesting
import Testing

@Suite("a frame dump")
struct FrameDumpSinkTests {
  /// A dump of what `body` sends, read again.
  static func dump(
    _ folder: TemporaryFolder, _ options: FrameDumpOptions = FrameDumpOptions(), _ body: (inout Scene) throws -> Void
  ) throws -> Recording {
    let sink = try FrameDumpSink(path: folder("dump"), options: options)
    var scene = Scene(sink)
    try body(&scene)
    try sink.finish()
    let recording = try Recording.open(folder("dump"))
    #expect(recording.problems == [])
    return recording
  }

  @Test("has a frame for each flush that changed the image, counted per scanout")
  func frames() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.dump(folder) { scene in
      let surface = try Scene.surface(16, 8)
      try scene.send(.scanout(surface))
      try scene.send(.scanout(Scene.surface(4, 4)), on: 3)
      try scene.send(.damage(Rectangle(surface.size)))
      try scene.send(.damage(Rectangle(surface.size)))
      surface.fill(Rectangle(x: 0, y: 0, width: 1, height: 1), with: .red)
      try scene.send(.damage(Rectangle(x: 0, y: 0, width: 1, height: 1)))
      try scene.send(.damage(Rectangle(x: 0, y: 0, width: 4, height: 4)), on: 3)
      surface.fill(Rectangle(x: 0, y: 0, width: 1, height: 1), with: .blue)
      try scene.send(.damage(Rectangle(x: 0, y: 0, width: 1, height: 1)))
    }
    #expect(
      recording.frames.map { "\($0.scanout) \($0.number) \($0.file) \($0.time.nanoseconds / 1_000_000)" } == [
        "0 1 frames/0-000001.png 3", "0 2 frames/0-000002.png 5", "3 1 frames/3-000001.png 6",
        // The third frame of scanout 0 equals its first.
        "0 3 frames/0-000001.png 7",
      ])
    #expect(recording.scanouts.map(\.frames) == [3, 1])
    #expect(recording.scanouts[0].flushes == 4)
    #expect(recording.scanouts[0].damagedPixels == 128 + 128 + 1 + 1)
    #expect(recording.scanouts[0].intervals.count == 2)
    #expect(recording.scanouts[0].intervals.median == 2_000_000)
    #expect(recording.summary.imageCount == 3)
    #expect(recording.summary.duration == DisplayTime(nanoseconds: 7_000_000))
  }

  @Test("repeats a frame that returns after another size, so that a replay shows it")
  func sizeAndBack() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.dump(folder) { scene in
      let surface = try Scene.surface(16, 8)
      for size in [4, 0] as [UInt32] {
        try scene.send(.scanout(surface))
        try scene.send(.damage(Rectangle(surface.size)))
        if size > 0 { try scene.send(.scanout(Scene.surface(size, size))) }
      }
    }
    #expect(recording.frames.map { "\($0.number) \($0.file)" } == ["1 frames/0-000001.png", "2 frames/0-000001.png"])
    let sink = try FrameDumpSink(path: folder("again"), options: recording.options)
    try ReplaySource(recording).play(into: sink)
    try sink.finish()
    #expect(try folder.files(in: "again") == folder.files(in: "dump"))
  }

  @Test("shows what was flushed, and not what was only drawn")
  func unflushed() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.dump(folder) { scene in
      let surface = try Scene.surface(16, 8)
      try scene.send(.scanout(surface))
      try scene.send(.damage(Rectangle(x: 0, y: 0, width: 1, height: 1)))
      surface.fill(Rectangle(surface.size), with: .red)
      try scene.send(.damage(Rectangle(x: 2, y: 3, width: 5, height: 2)))
    }
    let expected = try Image(copying: Scene.surface(16, 8))
    expected.surface.fill(Rectangle(x: 2, y: 3, width: 5, height: 2), with: .red)
    #expect(try recording.image(of: recording.frames[1]).hasSamePixels(as: expected))
  }

  @Test("writes these files, to the letter")
  func letter() throws {
    let folder = try TemporaryFolder()
    let options = FrameDumpOptions(provenance: Provenance(producer: "tests 1", source: "scene", renderer: "2d"))
    let recording = try Self.dump(folder, options) { scene in
      try scene.send(.scanout(Scene.surface(16, 8, .r8g8b8a8)))
      try scene.send(.damage(Rectangle(x: 1, y: 2, width: 3, height: 4)))
      try scene.send(.cursor(Scene.cursor()))
      try scene.send(.cursorMoved(Point(x: -1, y: 5)))
      try scene.tick()
      try scene.send(.cursor(nil))
      try scene.send(.scanout(nil))
    }
    let hash = try #require(recording.frames[0].hash)
    let cursor = FrameHash(of: try Image(copying: Scene.cursor().surface, kind: .alpha))
    let files = try folder.files(in: "dump").mapValues { String(decoding: $0, as: UTF8.self) }
    #expect(
      files["events.jsonl"] == """
        {"kind":"scanout","scanout":0,"surface":{"format":"r8g8b8a8","size":{"height":8,"width":16}},"time":1000000}
        {"damage":{"height":4,"width":3,"x":1,"y":2},"kind":"damage","scanout":0,"time":2000000}
        {"count":1,"frame":{"file":"frames/0-000001.png","hash":"\(hash)","number":1},"kind":"frame","scanout":0,"time":2000000}
        {"cursor":{"file":"cursors/\(cursor).png","hotSpot":{"x":1,"y":1}},"kind":"cursor","scanout":0,"time":3000000}
        {"kind":"cursorMoved","position":{"x":-1,"y":5},"scanout":0,"time":4000000}
        {"kind":"vsync","scanout":0,"tick":1,"time":5000000}
        {"kind":"cursor","scanout":0,"time":6000000}
        {"kind":"scanout","scanout":0,"time":7000000}

        """)
    #expect(
      files["manifest.json"] == """
        {
          "cursor" : "without",
          "finished" : true,
          "format" : "scanout frame dump",
          "frames" : "flush",
          "provenance" : {
            "producer" : "tests 1",
            "renderer" : "2d",
            "source" : "scene"
          },
          "scanouts" : [
            {
              "formats" : [
                "r8g8b8a8"
              ],
              "frames" : 1,
              "scanout" : 0,
              "sizes" : [
                {
                  "height" : 8,
                  "width" : 16
                }
              ]
            }
          ],
          "version" : 3
        }

        """)
    #expect(files.keys.sorted() == ["cursors/\(cursor).png", "events.jsonl", "frames/0-000001.png", "manifest.json"])
  }

  @Test("of the same events has the same bytes", arguments: CursorMode.allCases, FrameMode.allCases)
  func deterministic(cursor: CursorMode, frames: FrameMode) throws {
    let folder = try TemporaryFolder()
    for name in ["one", "two"] {
      var scene = Scene(
        try FrameDumpSink(path: folder(name), options: FrameDumpOptions(cursor: cursor, frames: frames)))
      try scene.play()
    }
    try expectSameFiles(folder.files(in: "one"), folder.files(in: "two"))
  }

  @Test("takes frames at ticks, if asked to: what is overwritten in between is not seen")
  func vsync() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.dump(folder, FrameDumpOptions(frames: .vsync)) { scene in
      let surface = try Scene.surface(4, 4)
      try scene.send(.scanout(surface))
      try scene.tick()
      for color in [Color.red, .green, .white] {
        surface.fill(Rectangle(surface.size), with: color)
        try scene.send(.damage(Rectangle(surface.size)))
      }
      try scene.tick()
      try scene.tick()
    }
    let white = try Image(copying: Scene.surface(4, 4, .b8g8r8x8, .white))
    #expect(recording.frames.count == 1)
    #expect(try recording.image(of: recording.frames[0]).hasSamePixels(as: white))
    #expect(recording.scanouts[0].ticks == 3)
  }

  @Test("waits for its writer and loses nothing, however fast frames come")
  func backPressure() throws {
    let folder = try TemporaryFolder()
    let recording = try Self.dump(folder) { scene in
      let surface = try Scene.surface(200, 100)
      try scene.send(.scanout(surface))
      for count: UInt32 in 0..<300 {
        surface.fill(
          Rectangle(x: count % 190, y: 0, width: 7, height: 50),
          with: Color(red: UInt8(count % 256), green: 1, blue: UInt8(count / 256)))
        try scene.send(.damage(Rectangle(x: count % 190, y: 0, width: 7, height: 50)))
      }
    }
    #expect(recording.frames.map(\.number) == Array(1...300))
  }

  @Test("that nobody finishes says so, and has its frames")
  func abandoned() throws {
    let folder = try TemporaryFolder()
    do {
      let sink = try FrameDumpSink(path: folder("dump"))
      let surface = try Scene.surface(4, 4)
      try sink.receive(.scanout(surface), on: 0, at: .zero)
      try sink.flush(Rectangle(surface.size))
    }
    let recording = try Recording.open(folder("dump"))
    #expect(!recording.isFinished)
    #expect(recording.problems == ["the recording did not finish; its frames up to then are complete"])
    #expect(recording.frames.count == 1)
  }

  @Test("counts its frames while it is written")
  func counts() throws {
    let folder = try TemporaryFolder()
    let sink = try FrameDumpSink(path: folder("dump"))
    var scene = Scene(sink)
    try scene.play()
    let recording = try Recording.open(folder("dump"))
    #expect(sink.frameCounts == Dictionary(uniqueKeysWithValues: recording.scanouts.map { ($0.scanout, $0.frames) }))
  }

  @Test("refuses a scanout or a surface beyond its format")
  func limits() throws {
    let folder = try TemporaryFolder()
    let sink = try FrameDumpSink(path: folder("dump"))
    for scanout in [-1, 256, .max] {
      #expect(throws: FrameDumpError.outOfRange(scanout: scanout, nil)) {
        try sink.receive(.vsync(tick: 1), on: scanout, at: .zero)
      }
    }
    let vast = try Surface(size: Size(width: 16385, height: 8192), format: .b8g8r8x8)
    #expect(throws: FrameDumpError.outOfRange(scanout: 0, vast.size)) {
      try sink.receive(.scanout(vast), on: 0, at: .zero)
    }
    try sink.finish()
  }
}

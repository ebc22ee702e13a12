import Display
import Foundation
import FrameDump
import Frames
import ScanoutTesting
import Testing

@Suite("a label")
struct LabelTests {
  /// A dump of two frames with labels before, between and after them.
  private static func makeDump(_ options: FrameDumpOptions = FrameDumpOptions()) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let recording = try FrameDumpSinkTests.dump(folder, options) { scene in
      let surface = try Scene.surface(16, 8)
      try scene.sink.receive(label: "boot", at: DisplayTime(nanoseconds: 5))
      try scene.send(.scanout(surface), on: 1)
      try scene.send(.damage(Rectangle(surface.size)), on: 1)
      try scene.tick(1)
      try scene.sink.receive(label: "Debian login: é", at: DisplayTime(nanoseconds: 3_500_000))
      surface.fill(Rectangle(x: 0, y: 0, width: 3, height: 3), with: .red)
      try scene.send(.damage(Rectangle(x: 0, y: 0, width: 3, height: 3)), on: 1)
      try scene.tick(1)
      try scene.sink.receive(label: "boot", at: DisplayTime(nanoseconds: 9_000_000))
    }
    #expect(
      recording.summary.labels.map { "\($0.name) \($0.time.nanoseconds)" } == [
        "boot 5", "Debian login: é 3500000", "boot 9000000",
      ])
    #expect(recording.summary.duration == DisplayTime(nanoseconds: 9_000_000))
    return folder
  }

  @Test("is recorded with its time, and belongs to no scanout")
  func recorded() throws {
    let folder = try Self.makeDump()
    let recording = try Recording.open(folder("dump"))
    #expect(recording.scanouts.map(\.scanout) == [1])
    let selector = try #require(FrameSelector("1:label:Debian login: é"))
    #expect(try recording.search([selector]) == [.selected(try #require(recording.frames.first))])
    // A cursor that goes to a frame comes past labels.
    var cursor = try recording.makeCursor()
    #expect(try cursor.seek(toFrame: 2, of: 1))
    #expect(cursor.scanouts.keys.sorted() == [1])
  }

  @Test("is played again, into the same bytes", arguments: FrameMode.allCases)
  func replayed(mode: FrameMode) throws {
    let folder = try Self.makeDump(FrameDumpOptions(frames: mode))
    let replay = try ReplaySource(Recording.open(folder("dump")))
    let sink = try FrameDumpSink(path: folder("again"), options: replay.recording.options)
    try replay.play(into: sink)
    try sink.finish()
    try expectSameFiles(folder.files(in: "dump"), folder.files(in: "again"))
  }

  @Test(
    "has a name of 1 to 256 bytes without control characters",
    arguments: ["", "a\nb", String(repeating: "é", count: 129)])
  func names(name: String) throws {
    let folder = try TemporaryFolder()
    let sink = try FrameDumpSink(path: folder("dump"))
    #expect(throws: FrameDumpError.badLabel(name)) { try sink.receive(label: name, at: .zero) }
    try sink.finish()
  }

  @Test("is no event of an earlier version")
  func earlier() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: VersionTests.path("version-2/flush-without"), toPath: folder("dump"))
    let events = try String(contentsOfFile: folder("dump/events.jsonl"), encoding: .utf8)
    try folder.write(events + #"{"kind":"label","label":"ready","time":1}"# + "\n", to: "dump/events.jsonl")
    #expect(
      try Recording.open(folder("dump")).problems.first?.contains("not a valid event: version 2 has no kind label")
        == true)
  }
}

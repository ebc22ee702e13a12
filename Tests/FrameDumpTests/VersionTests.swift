import Display
import Foundation
import FrameDump
import Frames
import ScanoutTesting
import Testing

@Suite("a dump of an earlier version")
struct VersionTests {
  /// The dumps of each version in the fixtures, and how many frames of each scanout each has.
  static let dumps: [(name: String, frames: [Int])] = [
    ("flush-without", [4, 1]), ("flush-with", [4, 1]), ("flush-both", [4, 1]), ("vsync-without", [4, 1]),
    ("vsync-with", [5, 1]), ("vsync-both", [5, 1]), ("unfinished", [4, 1]),
  ].flatMap { dump in ["version-1", "version-2"].map { ("\($0)/\(dump.0)", dump.1) } }

  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false)
      + "/../../Fixtures/dumps/\(name)"
  }

  @Test("is read, every frame of it", arguments: dumps)
  func reads(name: String, frames: [Int]) throws {
    let recording = try Recording.open(Self.path(name))
    #expect(recording.isFinished != name.hasSuffix("unfinished"))
    #expect(recording.problems.count == (name.hasSuffix("unfinished") ? 1 : 0))
    #expect(recording.lostFrames == [])
    #expect(recording.scanouts.map(\.frames) == frames)
    #expect(recording.frames.contains { $0.cursorFile != nil } == name.hasSuffix("both"))
    for frame in recording.frames {
      _ = try recording.image(of: frame)
      _ = try recording.image(of: frame, showingCursor: true)
    }
  }

  @Test("plays into a dump of this version with the same frames, and that one into the same bytes", arguments: dumps)
  func replays(name: String, frames: [Int]) throws {
    let folder = try TemporaryFolder()
    let old = try Recording.open(Self.path(name))
    for (source, copy) in [(Self.path(name), "once"), (folder("once"), "twice")] {
      let replay = try ReplaySource(Recording.open(source))
      let sink = try FrameDumpSink(path: folder(copy), options: replay.recording.options)
      #expect(try replay.play(into: sink).frames == frames.reduce(0, +))
      try sink.finish()
    }
    let new = try Recording.open(folder("once"))
    #expect(new.isFinished == old.isFinished)
    for (one, other) in zip(old.frames, new.frames) {
      #expect(one.hash == other.hash && one.cursorHash == other.cursorHash)
      #expect((one.scanout, one.number, one.time) == (other.scanout, other.number, other.time))
    }
    #expect(old.frames.count == new.frames.count)
    #expect(try String(contentsOfFile: folder("once/manifest.json"), encoding: .utf8).contains("\"version\" : 3"))
    try expectSameFiles(folder.files(in: "once"), folder.files(in: "twice"))
  }

  @Test("is played with the events that its source had")
  func events() throws {
    let recorder = EventRecorder()
    try ReplaySource(Recording.open(Self.path("version-1/flush-without"))).play(into: recorder)
    #expect(recorder.frames == [0: 4, 1: 1])
    #expect(recorder.entries.count { if case .damage = $0 { true } else { false } } == 5)
    #expect(recorder.entries.last == .vsync(0, 5))
    #expect(recorder.surfaces.keys.sorted() == [0])
  }

  @Test("is overwritten like any other")
  func overwritten() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: Self.path("version-1/vsync-both"), toPath: folder("dump"))
    try DumpFolderTests.write(folder("dump"), overwrites: true)
    #expect(try Recording.open(folder("dump")).problems == [])
  }

  @Test("or of a later one that is not known yet is refused with a sentence")
  func later() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: Self.path("version-1/flush-without"), toPath: folder("dump"))
    let manifest = try String(contentsOfFile: folder("dump/manifest.json"), encoding: .utf8)
    try folder.write(
      manifest.replacingOccurrences(of: "\"version\" : 1", with: "\"version\" : 4"), to: "dump/manifest.json")
    let error = #expect(throws: RecordingError.self) { try Recording.open(folder("dump")) }
    #expect(
      error?.description == "\(folder("dump"))/manifest.json is not the manifest of a frame dump: it says "
        + "“scanout frame dump”, version 4; “scanout frame dump”, version 1 to 3, can be read")
  }
}

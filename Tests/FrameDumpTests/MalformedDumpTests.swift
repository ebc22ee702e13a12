import Display
import Foundation
import Frames
import LinuxIO
import PNG
import ScanoutTesting
import Testing

@testable import FrameDump

@Suite("a dump from outside")
struct MalformedDumpTests {
  /// A dump of two frames of 16 by 8 pixels, a cursor and two ticks.
  static func makeDump() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try FrameDumpSinkTests.dump(folder) { scene in
      let surface = try Scene.surface(16, 8)
      try scene.send(.scanout(surface))
      try scene.send(.cursor(Scene.cursor()))
      try scene.send(.damage(Rectangle(surface.size)))
      try scene.tick()
      surface.fill(Rectangle(x: 0, y: 0, width: 3, height: 3), with: .red)
      try scene.send(.damage(Rectangle(x: 0, y: 0, width: 3, height: 3)))
      try scene.tick()
    }
    return folder
  }

  static let manifests: [(String, String)] = [
    ("empty", ""), ("text", "hello"), ("half", "{\"format\":\"scanout frame du"), ("an array", "[1,2,3]"),
    ("another program's", "{\"name\":\"app\",\"version\":\"1.0\"}"),
    ("deep", String(repeating: "[", count: 100_000)),
    ("of another format", manifest(format: "video")), ("of a later version", manifest(version: "4")),
    ("of a version that is no number", manifest(version: "\"1\"")),
    ("of an unknown cursor mode", manifest(cursor: "maybe")),
    ("of a version beyond all integers", manifest(version: "99999999999999999999")),
  ]

  static func manifest(format: String = "scanout frame dump", version: String = "1", cursor: String = "with") -> String
  {
    """
    {"format":"\(format)","version":\(version),"finished":true,"cursor":"\(cursor)","frames":"flush",
    "provenance":{"producer":"","source":"","renderer":""},"scanouts":[]}
    """
  }

  @Test("with a manifest that is none is refused, with a reason", arguments: manifests)
  func manifest(_ what: String, _ text: String) throws {
    let folder = try Self.makeDump()
    try folder.write(text, to: "dump/manifest.json")
    let error = #expect(throws: RecordingError.self) { try Recording.open(folder("dump")) }
    guard case .badManifest? = error else {
      Issue.record("\(what): \(String(describing: error))")
      return
    }
  }

  @Test("whose writer was stopped has lost what a damaged line held, and nothing by a torn last line")
  func damagedLines() throws {
    let folder = try Self.makeDump()
    let manifest = try String(contentsOfFile: folder("dump/manifest.json"), encoding: .utf8)
    try folder.write(
      manifest.replacingOccurrences(of: #"("finished"\s*:\s*)true"#, with: "$1false", options: .regularExpression),
      to: "dump/manifest.json")
    var lines = try String(contentsOfFile: folder("dump/events.jsonl"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
    try folder.write(lines.joined(separator: "\n") + "\n{\"kind\":", to: "dump/events.jsonl")
    let torn = try Recording.open(folder("dump"))
    #expect(!torn.isFinished && torn.lostFrames.isEmpty)
    lines[lines.count / 2] = "{}"
    try folder.write(lines.joined(separator: "\n") + "\n", to: "dump/events.jsonl")
    #expect(try !Recording.open(folder("dump")).lostFrames.isEmpty)
  }

  @Test("with a manifest as long as no manifest is refused")
  func longManifest() throws {
    let folder = try Self.makeDump()
    try folder.write(String(repeating: " ", count: 2 << 20), to: "dump/manifest.json")
    #expect(throws: RecordingError.tooMuch(path: folder("dump/manifest.json"), limit: "1048576 bytes")) {
      try Recording.open(folder("dump"))
    }
  }

  /// Lines put after the first two, and a part of the problem that they are.
  static let lines: [(String, String)] = [
    ("", "line 3: not a valid event"),
    ("garbage", "not a valid event"),
    ("{}", "not a valid event: kind is missing"),
    ("null", "not a valid event"),
    ("\u{0}\u{1}\u{2}", "not a valid event"),
    (#"{"kind":"explosion","scanout":0,"time":1}"#, "not a valid event: kind is invalid"),
    (#"{"kind":"vsync","scanout":0,"time":-1,"tick":1}"#, "not a valid event"),
    (#"{"kind":"vsync","scanout":0,"time":1e99,"tick":1}"#, "not a valid event"),
    (#"{"kind":"vsync","scanout":99999999999999999999,"time":1,"tick":1}"#, "not a valid event"),
    (#"{"kind":"vsync","scanout":-1,"time":1,"tick":1}"#, "there is no scanout -1"),
    (#"{"kind":"vsync","scanout":256,"time":1,"tick":1}"#, "there is no scanout 256"),
    (#"{"kind":"vsync","scanout":0,"time":1}"#, "the tick has no number"),
    (#"{"kind":"cursorMoved","scanout":0,"time":1}"#, "the cursor has no position"),
    (#"{"kind":"damage","scanout":0,"time":1}"#, "not inside the surface"),
    (#"{"kind":"damage","scanout":0,"time":1,"damage":{"x":0,"y":0,"width":0,"height":1}}"#, "not inside the surface"),
    (#"{"kind":"damage","scanout":0,"time":1,"damage":{"x":1,"y":0,"width":16,"height":1}}"#, "not inside"),
    (
      #"{"kind":"damage","scanout":0,"time":1,"damage":{"x":4294967295,"y":4294967295,"width":4294967295,"height":4294967295}}"#,
      "not inside"
    ),
    (#"{"kind":"damage","scanout":1,"time":1,"damage":{"x":0,"y":0,"width":1,"height":1}}"#, "not inside"),
    (
      #"{"kind":"scanout","scanout":1,"time":1,"surface":{"format":"b8g8r8x8","size":{"width":0,"height":5}}}"#,
      "0x5 pixels is not possible"
    ),
    (
      #"{"kind":"scanout","scanout":1,"time":1,"surface":{"format":"b8g8r8x8","size":{"width":4000000000,"height":4000000000}}}"#,
      "4000000000x4000000000 pixels is not possible"
    ),
    (
      #"{"kind":"scanout","scanout":1,"time":1,"surface":{"format":"r5g6b5","size":{"width":5,"height":5}}}"#,
      "not a valid event"
    ),
    (cursor("../../etc/passwd"), "is not the name of a cursor's file"),
    (cursor("/etc/passwd"), "is not the name"),
    (cursor("cursors/../manifest.json"), "is not the name"),
    (cursor("cursors/0123456789abcdef0123456789abcdef.png/../x.png"), "is not the name"),
    (cursor("cursors/0123456789abcdef0123456789abcdef.png"), "there is no such file"),
    (frame("../0-000001.png"), "is not the name of a frame's file"),
    (frame("/tmp/0-000001.png"), "is not the name"),
    (frame("frames/../frames/0-000001.png"), "is not the name"),
    (frame("frames/0-1.png"), "is not the name"),
    (frame("frames/0-000001.png\\u0000"), "is not the name"),
    (frame("frames/٠-000001.png"), "is not the name"),
    (frame("frames/+0-000001.png"), "is not the name"),
    (frame("frames/0-99999999999999999999.png"), "is not the name"),
    (frame("frames/0-000077.png"), "there is no such file"),
    (frame("frames/0-000001.png"), "is not the image that was recorded"),
    (frame("frames/0-000001.png", number: 0), "comes a second time"),
    (frame("frames/0-000001.png", number: -5), "comes a second time"),
    (tick(#""kind":"vsync","tick":1"#), "frame 1 is completed by a vsync, which completes none here"),
    (tick(#""kind":"cursor""#), "frame 1 is completed by a cursor"),
    (
      tick(#""kind":"damage","damage":{"x":0,"y":0,"width":1,"height":1}"#),
      "frame 1 is completed by a damage, which completes none here"
    ),
    (#"{"kind":"frame","scanout":0,"time":1}"#, "the frame has no number"),
    (#"{"kind":"frame","scanout":0,"time":1,"count":-1}"#, "not a valid event"),
    (#"{"kind":"label","time":1}"#, "the label has no name"),
    (#"{"kind":"label","label":7,"time":1}"#, "not a valid event: label is invalid"),
    (#"{"kind":"label","label":"","time":1}"#, "“” is not the name of a label"),
    (#"{"kind":"label","label":"a\u0007b","time":1}"#, "is not the name of a label"),
    (#"{"kind":"label","label":"\#(String(repeating: "x", count: 257))","time":1}"#, "is not the name of a label"),
    (#"{"kind":"label","label":"ready"}"#, "not a valid event: time is missing"),
    (String(repeating: "x", count: 70_000), "it is longer than 65536 bytes"),
    (String(repeating: "[", count: 60_000), "not a valid event"),
  ]

  static func cursor(_ file: String) -> String {
    #"{"kind":"cursor","scanout":0,"time":1,"cursor":{"file":"\#(file)","hotSpot":{"x":0,"y":0}}}"#
  }

  static func frame(_ file: String, number: Int = 1) -> String {
    let hash = String(repeating: "0", count: 32)
    return #"{"kind":"damage","scanout":0,"time":1,"damage":{"x":0,"y":0,"width":1,"height":1}}"#
      + "\n" + #"{"kind":"frame","scanout":0,"time":1,"count":1,"#
      + #""frame":{"file":"\#(file)","number":\#(number),"hash":"\#(hash)"}}"#
  }

  /// An event that completes no frame in this dump, and does all the same.
  static func tick(_ event: String) -> String {
    let hash = String(repeating: "0", count: 32)
    return #"{\#(event),"scanout":0,"time":1,"frame":{"file":"frames/0-000001.png","number":1,"hash":"\#(hash)"}}"#
  }

  @Test("with a line that is wrong is read without it, and says which", arguments: lines)
  func line(_ text: String, _ problem: String) throws {
    let folder = try Self.makeDump()
    let events = String(decoding: try folder.files(in: "dump")["events.jsonl"] ?? Data(), as: UTF8.self)
    var all = events.split(separator: "\n").map(String.init)
    all.insert(text, at: 2)
    try folder.write(all.map { "\($0)\n" }.joined(), to: "dump/events.jsonl")
    let recording = try Recording.open(folder("dump"))
    #expect(recording.frames.map(\.number) == [1, 2])
    #expect(recording.problems.count == 1)
    #expect(recording.problems.first?.contains(problem) == true, "\(recording.problems)")
    let again = EventRecorder()
    #expect(try ReplaySource(recording).play(into: again).isComplete)
    // A cursor that goes to the last frame finds it, and what came before.
    var cursor = try recording.makeCursor()
    #expect(try cursor.seek(toFrame: 2, of: 0))
    #expect(cursor.scanouts[0]?.latest?.number == 1)
    #expect(try cursor.next()?.frame == recording.frames[1])
    #expect(try !cursor.seek(toFrame: 3, of: 0))
    #expect(try cursor.next() == nil)
  }

  @Test("whose tick has a new frame without damage is read without that frame")
  func undamagedFrame() throws {
    let folder = try TemporaryFolder()
    _ = try FrameDumpSinkTests.dump(folder, FrameDumpOptions(frames: .vsync)) { scene in
      let surface = try Scene.surface(16, 8)
      try scene.send(.scanout(surface))
      for color in [Color.red, .green] {
        surface.fill(Rectangle(surface.size), with: color)
        try scene.send(.damage(Rectangle(surface.size)))
        try scene.tick()
      }
    }
    let events = String(decoding: try folder.files(in: "dump")["events.jsonl"] ?? Data(), as: UTF8.self)
    var lines = events.split(separator: "\n").map(String.init)
    let second = try #require(lines.lastIndex { $0.contains("damage") })
    lines.remove(at: second)
    try folder.write(lines.map { "\($0)\n" }.joined(), to: "dump/events.jsonl")
    let recording = try Recording.open(folder("dump"))
    #expect(recording.frames.map(\.number) == [1])
    #expect(recording.problems.first == "frame 2 is new, and nothing was damaged")
  }

  @Test("whose log is cut at any byte still shows every frame, if its writer was stopped")
  func cutAnywhere() throws {
    let folder = try Self.makeDump()
    let manifest = String(decoding: try folder.files(in: "dump")["manifest.json"] ?? Data(), as: UTF8.self)
    try folder.write(manifest.replacingOccurrences(of: "true", with: "false"), to: "dump/manifest.json")
    let events = try #require(try folder.files(in: "dump")["events.jsonl"])
    let text = String(decoding: events, as: UTF8.self)
    // From the first frame's line on: before that, there would be no frame yet.
    let start = try #require(text.range(of: "\"tick\":1"))
    for count in text.utf8.distance(from: text.startIndex, to: start.lowerBound)...events.count {
      try folder.write(String(decoding: events.prefix(count), as: UTF8.self), to: "dump/events.jsonl")
      let recording = try Recording.open(folder("dump"))
      #expect(recording.frames.map(\.file) == ["frames/0-000001.png", "frames/0-000002.png"])
      #expect(recording.problems.first == "the recording did not finish; its frames up to then are complete")
      let sink = EventRecorder()
      try ReplaySource(recording).play(into: sink)
      let last = try recording.image(of: recording.frames[1])
      #expect(try sink.surfaces[0].map { try Image(copying: $0).hasSamePixels(as: last) } == true)
    }
  }

  @Test("whose log counts frames up to the last integer is read, if its writer was stopped")
  func lastNumber() throws {
    let folder = try Self.makeDump()
    let files = try folder.files(in: "dump")
    for (name, old, new) in [
      ("manifest.json", "true", "false"), ("events.jsonl", "\"number\":2", "\"number\":\(Int.max)"),
    ] {
      let text = String(decoding: try #require(files[name]), as: UTF8.self)
      try folder.write(text.replacingOccurrences(of: old, with: new), to: "dump/\(name)")
    }
    #expect(try Recording.open(folder("dump")).frames.map(\.number) == [1, .max])
  }

  @Test("without its events, or without a frame in them, has nothing to show")
  func noEvents() throws {
    let folder = try Self.makeDump()
    try folder.write("", to: "dump/events.jsonl")
    #expect(
      throws: RecordingError.noFrames(path: folder("dump"), "scanout 0 was recorded with 2 frames, and 0 are left")
    ) {
      try Recording.open(folder("dump"))
    }
    try FileManager.default.removeItem(atPath: folder("dump/events.jsonl"))
    let error = #expect(throws: RecordingError.self) { try Recording.open(folder("dump")) }
    #expect(error?.description.contains("events.jsonl: No such file or directory") == true)
  }

  @Test("that lost a frame shows the others")
  func missingFrame() throws {
    let folder = try Self.makeDump()
    try FileManager.default.removeItem(atPath: folder("dump/frames/0-000001.png"))
    let recording = try Recording.open(folder("dump"))
    #expect(recording.frames.map(\.number) == [2])
    #expect(
      recording.problems == [
        "\(folder("dump"))/frames/0-000001.png: there is no such file",
        "scanout 0 was recorded with 2 frames, and 1 are left",
      ])
    let sink = EventRecorder()
    try ReplaySource(recording).play(into: sink)
    #expect(sink.surfaces[0] != nil)
  }

  @Test("whose frame is another image, has another size or a wrong hash, is rejected")
  func changedFrame() throws {
    let folder = try Self.makeDump()
    let first = try #require(try folder.files(in: "dump")["frames/0-000001.png"])
    try first.write(to: URL(fileURLWithPath: folder("dump/frames/0-000002.png")))
    #expect(try Recording.open(folder("dump")).problems.first?.contains("is not the image that was recorded") == true)

    let honest = try Self.makeDump()
    let hash = try #require(try Recording.open(honest("dump")).frames[1].hash)
    let liar = PNGEncoder().encode(try Image(copying: Scene.surface(16, 8, .b8g8r8x8, .white)), hash: hash)
    try Data(liar).write(to: URL(fileURLWithPath: honest("dump/frames/0-000002.png")))
    let recording = try Recording.open(honest("dump"))
    #expect(recording.problems == [])
    #expect(throws: RecordingError.changedFrame(path: honest("dump/frames/0-000002.png"))) {
      try recording.image(of: recording.frames[1])
    }
    #expect(throws: RecordingError.self) { try ReplaySource(recording).play(into: EventRecorder()) }
  }

  @Test("whose frame is cut is found out when it is decoded")
  func cutFrame() throws {
    let folder = try Self.makeDump()
    let name = folder("dump/frames/0-000002.png")
    let whole = try Data(contentsOf: URL(fileURLWithPath: name))
    try whole.dropLast(15).write(to: URL(fileURLWithPath: name))
    let recording = try Recording.open(folder("dump"))
    let error = #expect(throws: RecordingError.self) { try recording.image(of: recording.frames[1]) }
    #expect(error?.description == "\(name) is a PNG image that ends in the middle; write or copy it again")
  }

  @Test("with more pixels on its scanouts than fit in memory is not played")
  func vastScanouts() throws {
    let folder = try Self.makeDump()
    let events = String(decoding: try folder.files(in: "dump")["events.jsonl"] ?? Data(), as: UTF8.self)
    let vast = (1..<256).map { scanout in
      #"{"kind":"scanout","scanout":\#(scanout),"time":1,"surface":{"format":"b8g8r8x8","size":{"width":16384,"height":8192}}}"#
        + "\n"
    }
    try folder.write(vast.joined() + events, to: "dump/events.jsonl")
    let error = #expect(throws: RecordingError.self) {
      try ReplaySource(Recording.open(folder("dump"))).play(into: EventRecorder())
    }
    #expect(error?.description.contains("the limit is 268435456 pixels on all scanouts at once") == true)
  }

  @Test("made of nothing but wrong lines keeps the first hundred problems and counts the rest")
  func manyProblems() throws {
    let folder = try Self.makeDump()
    let events = String(decoding: try folder.files(in: "dump")["events.jsonl"] ?? Data(), as: UTF8.self)
    try folder.write(String(repeating: "x\n", count: 500) + events, to: "dump/events.jsonl")
    let recording = try Recording.open(folder("dump"))
    #expect(recording.problems.count == 101)
    #expect(recording.problems.last == "and 400 more problems")
  }
}

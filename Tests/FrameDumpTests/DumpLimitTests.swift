import Display
import Foundation
import Frames
import LinuxIO
import PNG
import ScanoutTesting
import Synchronization
import Testing

@testable import FrameDump

@Suite("a dump that is full")
struct DumpLimitTests {
  /// Sends frames of different colours, and a tick after each.
  static func draw(_ frames: Range<Int>, into sink: any DisplaySink, size: UInt32 = 4) throws {
    let surface = try Scene.surface(size, size)
    try sink.receive(.scanout(surface), on: 0, at: .zero)
    for frame in frames {
      surface.fill(
        Rectangle(surface.size),
        with: Color(red: UInt8(frame % 256), green: UInt8(frame / 256 % 256), blue: UInt8(frame / 65536 + 1)))
      try sink.flush(Rectangle(surface.size), at: DisplayTime(nanoseconds: UInt64(frame)))
    }
  }

  /// A dump whose source goes on when it is full; gives what was said of its end.
  private static func dump(_ path: String, _ limit: DumpLimit, _ body: (FrameDumpSink) throws -> Void) throws
    -> [String]
  {
    let said = Said()
    let sink = try FrameDumpSink(path: path, options: FrameDumpOptions(limit: limit, whenFull: .stop)) { end in
      said.sentences.withLock { $0.append("\(end)") }
    }
    try body(sink)
    try sink.finish()
    #expect(sink.earlyEnd.map { ["\($0)"] } ?? [] == said.sentences.withLock { $0 })
    return said.sentences.withLock { $0 }
  }

  private final class Said: Sendable {
    let sentences = Mutex<[String]>([])
  }

  @Test("stops with its last frame, says why in its manifest, and its source goes on")
  func frames() throws {
    let folder = try TemporaryFolder()
    let said = try Self.dump(folder("dump"), DumpLimit(frames: 3)) { try Self.draw(0..<200, into: $0) }
    #expect(said == ["its limit of 3 frames is reached"])
    let recording = try Recording.open(folder("dump"))
    #expect(recording.frames.map(\.number) == [1, 2, 3])
    #expect(!recording.isFinished)
    #expect(
      recording.problems == [
        "the recording ended early: its limit of 3 frames is reached; its frames up to then are complete"
      ])
    let manifest = try String(contentsOfFile: folder("dump/manifest.json"), encoding: .utf8)
    #expect(manifest.contains("\"endedEarly\" : {"))
    #expect(manifest.contains("\"reason\" : \"limit\""))
    #expect(manifest.contains("\"finished\" : false"))
    #expect(manifest.contains("\"frames\" : 3"))
    // It is a dump that can be played and overwritten like any other.
    let again = try FrameDumpSink(path: folder("dump"), options: FrameDumpOptions(overwrites: true))
    try Self.draw(0..<1, into: again)
    try again.finish()
  }

  @Test("is one that has more frames than it may, not one that has as many")
  func exactly() throws {
    let folder = try TemporaryFolder()
    let said = try Self.dump(folder("dump"), DumpLimit(frames: 3)) { sink in
      try Self.draw(0..<3, into: sink)
      // Events without a frame, and a frame equal to the one before.
      for tick in UInt64(1)...20 { try sink.receive(.vsync(tick: tick), on: 0, at: .zero) }
      try sink.flush(Rectangle(x: 0, y: 0, width: 1, height: 1))
    }
    #expect(said == [])
    #expect(try Recording.open(folder("dump")).problems == [])
  }

  @Test("counts frames of all scanouts, and frames equal to earlier ones")
  func counting() throws {
    let folder = try TemporaryFolder()
    let said = try Self.dump(folder("dump"), DumpLimit(frames: 5)) { sink in
      let surfaces = try [Scene.surface(4, 4), Scene.surface(8, 8)]
      for (scanout, surface) in surfaces.enumerated() { try sink.receive(.scanout(surface), on: scanout, at: .zero) }
      for step in 0..<6 {
        let surface = surfaces[step % 2]
        surface.fill(Rectangle(surface.size), with: step / 2 % 2 == 0 ? .red : .green)
        try sink.flush(Rectangle(surface.size), on: step % 2)
      }
    }
    #expect(said.count == 1)
    #expect(try Recording.open(folder("dump")).scanouts.map(\.frames) == [3, 2])
  }

  @Test("counts bytes as a disk does, events as well")
  func bytes() throws {
    let folder = try TemporaryFolder()
    #expect(
      try Self.dump(folder("frames"), DumpLimit(bytes: 40960)) { try Self.draw(0..<200, into: $0) }
        == ["its limit of 40 KiB is reached"])
    // Ten blocks less the events.
    #expect(try Recording.open(folder("frames")).frames.count == 9)
    #expect(
      try Self.dump(folder("events"), DumpLimit(bytes: 10000)) { sink in
        try Self.draw(0..<1, into: sink)
        for x in Int32(0)..<2000 { try sink.receive(.cursorMoved(Point(x: x, y: 0)), on: 0, at: .zero) }
      } == ["its limit of 10000 bytes is reached"])
    #expect(try folder.files(in: "events")["events.jsonl"]?.count ?? 0 < 10000)
    #expect(
      try Self.dump(folder("cursors"), DumpLimit(bytes: 40960)) { sink in
        try Self.draw(0..<1, into: sink)
        for red in UInt8(0)..<200 {
          try sink.receive(.cursor(Scene.cursor(Color(red: red, green: 0, blue: 0))), on: 0, at: .zero)
        }
      }.count == 1)
    #expect(try folder.files(in: "cursors").keys.filter { $0.hasPrefix("cursors/") }.count == 8)
  }

  @Test("ends its source with one sentence, if that is asked for")
  func end() throws {
    let folder = try TemporaryFolder()
    let sink = try FrameDumpSink(path: folder("dump"), options: FrameDumpOptions(limit: DumpLimit(frames: 2)))
    let error = #expect(throws: FrameDumpError.self) {
      try Self.draw(0..<200, into: sink)
      try sink.finish()
    }
    #expect(error == .full(folder: folder("dump"), DumpLimit(frames: 2)))
    #expect(error?.description.contains("its limit of 2 frames is reached; every frame written before") == true)
    #expect(throws: FrameDumpError.self) { try sink.finish() }
    let recording = try Recording.open(folder("dump"))
    #expect(recording.frames.count == 2)
    #expect(recording.problems.first?.contains("its limit of 2 frames is reached") == true)
  }

  @Test("because files may not grow any more stops like any other")
  func fileSize() async throws {
    let folder = try TemporaryFolder()
    let path = folder("dump")
    await #expect(processExitsWith: .success) { [path = path as String] in
      FileSizeLimit.ignoreSignal()
      var limit = rlimit(rlim_cur: 2000, rlim_max: 2000)
      // Safe: the limit is read during the call.
      #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let sink = try FrameDumpSink(path: path, options: FrameDumpOptions(whenFull: .stop))
      try DumpLimitTests.draw(0..<200, into: sink)
      try sink.finish()
      #expect(sink.earlyEnd?.reason == .diskFull)
    }
    let recording = try Recording.open(path)
    #expect(!recording.isFinished && recording.frames.count > 3)
    #expect(recording.problems.first?.contains("events.jsonl: File too large; its frames up to then") == true)
    for frame in recording.frames { _ = try recording.image(of: frame) }
  }

  @Test("because its disk is says so in its manifest, for which there is room", .enabled(if: getuid() == 0))
  func disk() throws {
    let folder = try TemporaryFolder()
    // Safe: the words are read during the call only.
    // A container's root may not mount anything.
    guard unsafe mount("tmpfs", folder.path, "tmpfs", 0, "size=256k") == 0 else { return }
    defer { _ = unsafe umount2(folder.path, Int32(MNT_DETACH)) }
    let said = try Self.dump(folder("dump"), .standard) { sink in
      try Self.draw(0..<1000, into: sink)
      // Whatever is left, somebody else takes.
      let more = try Directory(folder.path).makeLog("more")
      while (try? more.write([0])) != nil {}
    }
    #expect(said.count == 1 && said[0].contains("No space left on device"), "\(said)")
    let recording = try Recording.open(folder("dump"))
    #expect(recording.frames.count > 10)
    #expect(recording.problems.first?.contains("No space left on device") == true)
    #expect(recording.problems.allSatisfy { !$0.contains("torn") })
    for frame in recording.frames { _ = try recording.image(of: frame) }
  }

  @Test("remembers the latest image hashes, up to a limit")
  func recentlyStored() throws {
    let hashes = try (0..<40).map { index in
      FrameHash(of: try Image(copying: Scene.surface(4, 4, .b8g8r8x8, Color(red: index, green: 1, blue: 1))))
    }
    var stored = RecentlyStored<Int>(capacity: 8)
    for (index, hash) in hashes.enumerated() {
      #expect(stored.value(of: hash) == nil)
      stored.remember(index, of: hash)
      #expect(stored.count <= 8)
      for recent in max(0, index - 3)...index { #expect(stored.value(of: hashes[recent]) == recent) }
    }
    #expect(stored.value(of: hashes[0]) == nil)
    // What is asked for again and again stays.
    for (index, hash) in hashes.enumerated() {
      #expect(stored.value(of: hashes[39]) == 39)
      stored.remember(index, of: hash)
    }
  }

  @Test("of cursors keeps an image whose file exists already and whose hash was forgotten")
  func cursorAgain() throws {
    let folder = try TemporaryFolder()
    let dump = try DumpFolder(folder("dump"), FrameDumpOptions(), keeping: [])
    try dump.addOnce([1], as: "cursors/a.png")
    try dump.addOnce([2], as: "cursors/a.png")
    #expect(try folder.files(in: "dump")["cursors/a.png"] == Data([1]))
    #expect(throws: FrameDumpError.self) { try dump.add([2], as: "cursors/a.png") }
  }

  @Test("has a limit that reads like this")
  func words() {
    #expect("\(DumpLimit.standard)" == "4 GiB")
    #expect("\(DumpLimit(bytes: 500 << 20, frames: 1))" == "500 MiB or 1 frame")
    #expect("\(DumpLimit(bytes: 1000, frames: 10000))" == "1000 bytes or 10000 frames")
    #expect("\(DumpLimit())" == "nothing")
  }
}

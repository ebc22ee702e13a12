import Display
import Foundation
import FrameDump
import LinuxIO
import Testing

@Suite("the folder of a dump")
struct DumpFolderTests {
  static func write(_ path: String, overwrites: Bool = false) throws {
    let sink = try FrameDumpSink(path: path, options: FrameDumpOptions(overwrites: overwrites))
    var scene = Scene(sink)
    try scene.play()
  }

  @Test("is made, with those above it, or may be an empty one")
  func made() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder("a/b/c"))
    #expect(try Recording.open(folder("a/b/c")).isFinished)
    try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: false)
    try Self.write(folder("empty"))
  }

  @Test("that holds a dump is left alone, unless it is to be overwritten")
  func overwrites() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder("dump"))
    let before = try folder.files(in: "dump")
    #expect(throws: FrameDumpError.holdsDump(folder: folder("dump"))) { try Self.write(folder("dump")) }
    #expect(try folder.files(in: "dump") == before)
    // What a writer that was stopped leaves goes too.
    try folder.write("half", to: "dump/frames/.unfinished")
    try folder.write("old", to: "dump/frames/7-000009.png")
    try Self.write(folder("dump"), overwrites: true)
    #expect(try folder.files(in: "dump") == before)
  }

  @Test(
    "that holds anything else is left alone in any case",
    arguments: ["notes.txt", "frames/notes.txt", "frames/0-1.png", "cursors/arrow.png", "0-000001.png", ".git/config"],
    [true, false])
  func otherFiles(name: String, overwrites: Bool) throws {
    let folder = try TemporaryFolder()
    try Self.write(folder("dump"))
    try folder.write("mine", to: "dump/\(name)")
    let before = try folder.files(in: "dump")
    let error = #expect(throws: FrameDumpError.self) { try Self.write(folder("dump"), overwrites: overwrites) }
    let example = name.hasPrefix(".git") ? ".git" : name
    #expect(error == .holdsOtherFiles(folder: folder("dump"), example: example))
    #expect(try folder.files(in: "dump") == before)
  }

  @Test("that cannot be made is an error that says why")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "file")
    let error = #expect(throws: FrameDumpError.self) { try Self.write(folder("file/dump")) }
    #expect(
      "\(error.map(\.description) ?? "")"
        == "the frame dump cannot be started: make the folder \(folder("file/dump")): Not a directory")
    #expect(throws: FrameDumpError.self) { try Self.write(folder("file")) }
    #expect(throws: FrameDumpError.self) { try Self.write("/proc/scanout") }
    #expect(throws: FrameDumpError.self) { try Self.write("") }
  }

  @Test("that goes away in the middle stops the dump with one sentence, at once or at its end")
  func removed() throws {
    let folder = try TemporaryFolder()
    let sink = try FrameDumpSink(path: folder("dump"))
    let surface = try Scene.surface(16, 16)
    try sink.receive(.scanout(surface), on: 0, at: .zero)
    try FileManager.default.removeItem(atPath: folder("dump"))
    let error = #expect(throws: FrameDumpError.self) {
      for count: UInt8 in 0..<200 {
        surface.fill(Rectangle(surface.size), with: Color(red: count, green: 0, blue: 0))
        try sink.receive(.damage(Rectangle(surface.size)), on: 0, at: .zero)
      }
      try sink.finish()
    }
    #expect(
      error?.description == "the frame dump in \(folder("dump")) cannot go on: write "
        + "\(folder("dump"))/frames/0-000001.png: No such file or directory; every frame written before is complete")
    #expect(throws: FrameDumpError.self) { try sink.finish() }
  }

  @Test("on a disk that is full keeps what was written")
  func fullDisk() async throws {
    let folder = try TemporaryFolder()
    let path = folder("dump")
    // A limit on the size of files fails writes in their middle, as a full disk does, and needs no disk to fill.
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 2000, rlim_max: 2000)
      // Safe: the limit is read during the call.
      #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let sink = try FrameDumpSink(path: path)
      let surface = try Scene.surface(16, 16)
      try sink.receive(.scanout(surface), on: 0, at: .zero)
      let error = #expect(throws: FrameDumpError.self) {
        for count: UInt8 in 0..<200 {
          surface.fill(Rectangle(surface.size), with: Color(red: count, green: 0, blue: 0))
          try sink.receive(.damage(Rectangle(surface.size)), on: 0, at: .zero)
        }
        try sink.finish()
      }
      #expect(error?.description.contains("File too large") == true)
    }
    let recording = try Recording.open(path)
    #expect(!recording.isFinished)
    #expect(recording.frames.count > 3)
    // The line in whose middle the disk was full is taken back; its frame is shown nevertheless.
    #expect(!recording.problems.contains { $0.contains("torn") })
    #expect(
      Set(recording.frames.map(\.file)) == Set(try folder.files(in: "dump").keys.filter { $0.hasPrefix("frames/") }))
    for frame in recording.frames { _ = try recording.picture(of: frame) }
  }
}

import Display
import Foundation
import FrameDump
import Frames
import LinuxIO
import ScanoutTesting
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

  @Test("whose parts are links is refused, and what they lead to is left alone", arguments: [true, false])
  func links(overwrites: Bool) throws {
    for name in [
      "frames", "cursors", "manifest.json", "events.jsonl", ".unfinished", "frames/.unfinished", "frames/0-000001.png",
      "frames/9-000009.png",
    ] {
      let folder = try TemporaryFolder()
      try Self.write(folder("dump"))
      let isFolder = !name.contains(".")
      try? FileManager.default.removeItem(atPath: folder("dump/\(name)"))
      let theirs = isFolder ? "foreign/0-000001.png" : "foreign"
      try folder.write("theirs", to: theirs)
      let up = name.contains("/") ? "../../" : "../"
      try FileManager.default.createSymbolicLink(
        atPath: folder("dump/\(name)"), withDestinationPath: "\(up)foreign")
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
      let error = #expect(throws: FrameDumpError.self) { try Self.write(folder("dump"), overwrites: overwrites) }
      #expect(error == .holdsOtherFiles(folder: folder("dump"), example: "\(name) (a symbolic link)"))
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() == before)
      #expect(try String(contentsOfFile: folder(theirs), encoding: .utf8) == "theirs")
    }
  }

  @Test("says what else is there, up to three of it")
  func examples() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder("dump"))
    for name in ["a\u{1b}[31m", "b", "c", "frames/d", "e"] { try folder.write("", to: "dump/\(name)") }
    let error = #expect(throws: FrameDumpError.self) { try Self.write(folder("dump"), overwrites: true) }
    #expect(
      error?.description == "the folder \(folder("dump")) holds a\\e[31m, b, c and 2 other files, which does not "
        + "belong to a frame dump: name an empty or a new folder")
  }

  @Test(
    "is one only if its manifest says so",
    arguments: [
      (nil, "there is no manifest.json in it"), ("{\"name\": \"my page\", \"icons\": []}", "another program's"),
      ("{", "its manifest.json is damaged"), ("{\"format\":\"scanout frame dump\",\"version\":4}", "has version 4"),
    ])
  func manifest(text: String?, reason: String) throws {
    let folder = try TemporaryFolder()
    try Self.write(folder("dump"))
    try FileManager.default.removeItem(atPath: folder("dump/manifest.json"))
    if let text { try folder.write(text, to: "dump/manifest.json") }
    let before = try folder.files(in: "dump")
    let error = #expect(throws: FrameDumpError.self) { try Self.write(folder("dump"), overwrites: true) }
    #expect(error?.description.contains("is not known to hold a frame dump, so nothing in it is removed") == true)
    #expect(error?.description.contains(reason) == true, "\(error.map(\.description) ?? "")")
    #expect(try folder.files(in: "dump") == before)
  }

  @Test("that was half removed shows nothing, and can be overwritten")
  func halfRemoved() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder("dump"))
    let before = try folder.files(in: "dump")
    for name in ["events.jsonl", "frames/0-000001.png"] {
      try FileManager.default.removeItem(atPath: folder("dump/\(name)"))
    }
    #expect(throws: RecordingError.self) { try Recording.open(folder("dump")) }
    try Self.write(folder("dump"), overwrites: true)
    #expect(try folder.files(in: "dump") == before)
  }

  @Test("belongs to one run until that is finished or gone")
  func twoRuns() throws {
    let folder = try TemporaryFolder()
    let path = folder("dump")
    try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "dump")
    do {
      let first = try FrameDumpSink(path: path)
      for name in [path, folder("link"), path + "/"] {
        #expect(throws: FrameDumpError.inUse(folder: name)) { try Self.write(name, overwrites: true) }
      }
      var scene = Scene(first)
      try scene.play()
      let before = try folder.files(in: "dump")
      try Self.write(path, overwrites: true)
      #expect(try folder.files(in: "dump") == before)
      _ = try FrameDumpSink(path: path, options: FrameDumpOptions(overwrites: true))
    }
    try Self.write(path, overwrites: true)
  }

  @Test("that is read, or holds or lies in what is read, is left alone")
  func keeping() throws {
    let folder = try TemporaryFolder()
    try Self.write(folder("run/dump"))
    try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "run")
    let before = try folder.files(in: "run")
    for input in ["run/dump", "run/dump/frames", "run", "link/dump/frames", "run/../run/dump/new"] {
      #expect(throws: FrameDumpError.isRead(folder: folder("run/dump"), as: folder(input))) {
        _ = try FrameDumpSink(
          path: folder("run/dump"), options: FrameDumpOptions(overwrites: true), keeping: [folder("no"), folder(input)])
      }
      #expect(try folder.files(in: "run") == before)
    }
    _ = try FrameDumpSink(
      path: folder("run/dump"), options: FrameDumpOptions(overwrites: true), keeping: [folder("run/other")])
  }

  @Test(
    "in which somebody plants links while it is written stops the dump, and nothing else is written",
    arguments: ["frames/.unfinished", "frames/0-000001.png", "frames"])
  func planted(name: String) throws {
    let folder = try TemporaryFolder()
    let sink = try FrameDumpSink(path: folder("dump"))
    let surface = try Scene.surface(16, 16)
    try sink.receive(.scanout(surface), on: 0, at: .zero)
    try FileManager.default.createDirectory(atPath: folder("theirs"), withIntermediateDirectories: false)
    try folder.write("theirs", to: "theirs/file")
    if name == "frames" {
      try FileManager.default.removeItem(atPath: folder("dump/frames"))
      try FileManager.default.createSymbolicLink(atPath: folder("dump/frames"), withDestinationPath: "../theirs")
    } else {
      try FileManager.default.createSymbolicLink(
        atPath: folder("dump/\(name)"), withDestinationPath: "../../theirs/file")
    }
    let error = #expect(throws: FrameDumpError.self) {
      try sink.flush(Rectangle(surface.size))
      try sink.finish()
    }
    #expect(error?.description.contains("cannot go on: write \(folder("dump"))/frames/0-000001.png") == true)
    #expect(try folder.files(in: "theirs") == ["file": Data("theirs".utf8)])
  }

  @Test("shows what a guest shows to its user only, whatever the mask for new files lets through")
  func modes() async throws {
    let folder = try TemporaryFolder()
    let path = folder("above/dump")
    await #expect(processExitsWith: .success) { [path = path as String] in
      umask(0)
      try DumpFolderTests.write(path)
    }
    let files = FileManager.default
    for name in ["above"] + (try files.subpathsOfDirectory(atPath: folder("above"))).map({ "above/\($0)" }) {
      let attributes = try files.attributesOfItem(atPath: folder(name))
      let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
      #expect(attributes[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(name)")
    }
    #expect(try Recording.open(path).frames.count > 5)
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
        try sink.flush(Rectangle(surface.size))
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
          try sink.flush(Rectangle(surface.size))
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
    for frame in recording.frames { _ = try recording.image(of: frame) }
  }
}

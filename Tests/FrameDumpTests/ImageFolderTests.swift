import Display
import Foundation
import FrameDump
import Frames
import PNG
import ScanoutTesting
import Testing

@Suite("a folder of PNG files")
struct ImageFolderTests {
  /// Writes an image of one colour as a file of the folder.
  static func add(_ name: String, _ color: Color, _ width: UInt32 = 8, to folder: TemporaryFolder) throws {
    let image = try Image(copying: Scene.surface(width, 4, .b8g8r8x8, color))
    try folder.write("", to: name)
    try Data(PNGEncoder().encode(image, hash: FrameHash(of: image))).write(to: URL(fileURLWithPath: folder(name)))
  }

  @Test("is played in its natural order, at the stated rate")
  func order() throws {
    let folder = try TemporaryFolder()
    for name in ["b10.png", "b9.PNG", "b009b.png", "a.png", "b.png"] { try Self.add("p/\(name)", .red, to: folder) }
    try folder.write("", to: "p/notes.txt")
    try folder.write("", to: "p/.hidden.png")
    let recording = try Recording.open(folder("p"), imageRate: 50)
    #expect(recording.form == .images)
    #expect(recording.frames.map(\.file) == ["a.png", "b.png", "b9.PNG", "b009b.png", "b10.png"])
    #expect(recording.frames.map(\.time.nanoseconds) == [0, 20_000_000, 40_000_000, 60_000_000, 80_000_000])
    #expect(recording.frames.map(\.number) == [1, 2, 3, 4, 5])
    #expect(recording.problems == [])
  }

  @Test("named as in a dump has the dump's scanouts, and second files are left out")
  func scanouts() throws {
    let folder = try TemporaryFolder()
    let names = ["0-000001.png", "0-000002.png", "0-000002.cursor.png", "12-000001.png", "01-login.png", "2-5.png"]
    for name in names { try Self.add("p/\(name)", .red, to: folder) }
    let recording = try Recording.open(folder("p"))
    let zero = recording.frames.filter { $0.scanout == 0 }.map(\.file)
    #expect(zero == ["0-000001.png", "0-000002.png", "01-login.png", "2-5.png"])
    #expect(recording.frames.filter { $0.scanout != 0 }.map(\.file) == ["12-000001.png"])
  }

  @Test("plays as surfaces, damage and ticks; a new size is a new surface")
  func events() throws {
    let folder = try TemporaryFolder()
    try Self.add("p/1.png", .red, to: folder)
    try Self.add("p/2.png", .green, to: folder)
    try Self.add("p/3.png", .green, 12, to: folder)
    let sink = EventRecorder()
    try ReplaySource(Recording.open(folder("p"))).play(into: sink)
    let (small, wide) = (Size(width: 8, height: 4), Size(width: 12, height: 4))
    #expect(
      sink.entries == [
        .scanout(0, small, .b8g8r8x8), .damage(0, Rectangle(small)), .vsync(0, 1), .damage(0, Rectangle(small)),
        .vsync(0, 2), .scanout(0, wide, .b8g8r8x8), .damage(0, Rectangle(wide)), .vsync(0, 3),
      ])
  }

  @Test("becomes a dump that replays to the same bytes")
  func toDump() throws {
    let folder = try TemporaryFolder()
    for (index, color) in [Color.red, .green, .red, .red].enumerated() {
      try Self.add("p/\(index).png", color, to: folder)
    }
    for (from, to) in [("p", "one"), ("one", "two")] {
      let source = try ReplaySource(Recording.open(folder(from)))
      let sink = try FrameDumpSink(path: folder(to), options: source.recording.options)
      try source.play(into: sink)
      try sink.finish()
    }
    let (one, two) = (try folder.files(in: "one"), try folder.files(in: "two"))
    #expect(one.keys.sorted() == two.keys.sorted())
    for (name, bytes) in one { #expect(two[name] == bytes, "\(name)") }
    // The third image equals the first, and the fourth equals the third.
    #expect(
      try Recording.open(folder("one")).frames.map(\.file) == [
        "frames/0-000001.png", "frames/0-000002.png", "frames/0-000001.png",
      ])
  }

  @Test("with alpha shows its colours without it")
  func alpha() throws {
    let folder = try TemporaryFolder()
    let image = try Image(copying: Scene.cursor().surface, kind: .alpha)
    try folder.write("", to: "p/1.png")
    try Data(PNGEncoder().encode(image, hash: FrameHash(of: image))).write(
      to: URL(fileURLWithPath: folder("p/1.png")))
    let recording = try Recording.open(folder("p"))
    #expect(try recording.image(of: recording.frames[0]).kind == .opaque)
  }

  @Test("with files that are no PNG shows the others, and says so")
  func damaged() throws {
    let folder = try TemporaryFolder()
    try Self.add("p/1.png", .red, to: folder)
    try folder.write("GIF89a", to: "p/2.png")
    try folder.write("", to: "p/3.png/inside.txt")
    try folder.write("", to: "p/4.png")
    try folder.write("", to: "p/5.jpg")
    try FileManager.default.createSymbolicLink(atPath: folder("p/6"), withDestinationPath: folder.path)
    let recording = try Recording.open(folder("p"))
    #expect(recording.frames.count == 1)
    #expect(recording.lostFrames.map(\.file) == ["2.png", "4.png", "3.png", "5.jpg", "6"])
    #expect(recording.lostFrames.map(\.reason) == recording.problems)
    #expect(recording.problems[0] == "\(folder("p"))/2.png is not a PNG image")
    #expect(recording.problems[2] == "\(folder("p"))/3.png is a folder, not a PNG image")
    #expect(recording.problems[4] == "\(folder("p"))/6 is a link to a folder, which is not followed")
  }

  @Test("that is none is an error that says what was found")
  func noFrames() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "file")
    try folder.write("", to: "text/notes.txt")
    try folder.write("junk", to: "junk/1.png")
    try Self.add("lost/frames/0-000001.png", .red, to: folder)
    try Self.add("torn/frames/0-000001.png", .red, to: folder)
    try folder.write("", to: "torn/events.jsonl")
    try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: false)
    let expected = [
      "nothing": "\(folder("nothing")) cannot be read: No such file or directory",
      "file": "\(folder("file")) cannot be read: Not a directory",
      "empty": "\(folder("empty")) holds no frame to show: it is empty",
      "text": "\(folder("text")) holds no frame to show: neither manifest.json nor a PNG file is in it",
      "junk": "\(folder("junk")) holds no frame to show: \(folder("junk"))/1.png is not a PNG image",
      "torn": "\(folder("torn")) holds no frame to show: neither manifest.json nor a PNG file is in it; "
        + "its folder “frames” may be meant",
    ]
    for (name, sentence) in expected {
      let error = #expect(throws: RecordingError.self) { try ReplaySource(Recording.open(folder(name))) }
      #expect(error?.description == sentence)
    }
    #expect(try Recording.open(folder("torn/frames")).frames.count == 1)
    #expect(try Recording.open(folder("lost")).frames.map(\.file) == ["frames/0-000001.png"])
  }

  @Test("takes the folders below it, each image by its path")
  func subfolders() throws {
    let folder = try TemporaryFolder()
    for name in ["home.png", "chrome/home.png", "chrome/menu/open.png"] { try Self.add("p/\(name)", .red, to: folder) }
    try Self.add("p/.git/hidden.png", .red, to: folder)
    let recording = try Recording.open(folder("p"))
    #expect(recording.frames.map(\.file) == ["chrome/home.png", "chrome/menu/open.png", "home.png"])
    #expect(recording.lostFrames == [])
    #expect(try recording.image(of: recording.frames[1]).size == Size(width: 8, height: 4))
  }

  @Test("does not look deeper than sixteen folders, and says so")
  func deep() throws {
    let folder = try TemporaryFolder()
    try Self.add("p/home.png", .red, to: folder)
    let path = Array(repeating: "d", count: 17).joined(separator: "/")
    try Self.add("p/\(path)/deep.png", .red, to: folder)
    let recording = try Recording.open(folder("p"))
    #expect(recording.frames.count == 1)
    #expect(recording.lostFrames.map(\.file) == [path])
  }

  @Test("has files whose names are no UTF-8, and two that only look the same")
  func otherNames() throws {
    let folder = try TemporaryFolder()
    for name in ["a.png", "é.png", "e\u{301}.png"] { try Self.add("p/\(name)", .red, to: folder) }
    #expect(
      unsafe rename(folder("p/a.png"), Array(folder("p/caf").utf8CString.dropLast()) + [-0x17] + ".png".utf8CString)
        == 0)
    let recording = try Recording.open(folder("p"))
    #expect(recording.frames.count == 3)
    for frame in recording.frames { #expect(try recording.image(of: frame).size == frame.size) }
    #expect(Set(recording.frames.map { Array($0.file.utf8) }).count == 3)
  }

  @Test("shows the second file of a frame with that frame, and alone when the frame is not there")
  func secondFiles() throws {
    let folder = try TemporaryFolder()
    for name in ["0-000001.png", "0-000001.cursor.png", "0-000002.cursor.png"] {
      try Self.add("p/\(name)", .red, to: folder)
    }
    let recording = try Recording.open(folder("p"))
    #expect(recording.frames.map(\.file) == ["0-000001.png", "0-000002.cursor.png"])
    #expect(recording.frames.map(\.cursorFile) == ["0-000001.cursor.png", nil])
  }

  @Test("at a rate that no clock has is still read", arguments: [0, -5, .infinity, .nan, 1e-300, 1e300])
  func rates(rate: Double) throws {
    let folder = try TemporaryFolder()
    try Self.add("p/1.png", .red, to: folder)
    try Self.add("p/2.png", .red, to: folder)
    #expect(try Recording.open(folder("p"), imageRate: rate).frames.count == 2)
  }
}

import Foundation
import ScanoutTesting
import Testing
import Text

@Suite("scanout verify")
struct VerifyTests {
  private let folder = TemporaryFolder.forSuite()
  private let goldens = Program.root.appending(path: "Fixtures/demo").path

  /// Puts frames of the demo's goldens into a folder, each under a name of the test's own.
  private func put(_ files: [String: String], in name: String) throws {
    for (file, frame) in files {
      let path = folder.path("\(name)/\(file)")
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.copyItem(atPath: "\(goldens)/0-00000\(frame).png", toPath: path)
    }
  }

  private func verify(_ options: String...) throws -> Program.Outcome {
    try Program.run(
      ["verify", folder.path("frames"), "--golden", folder.path("goldens"), "--results", folder.path("results")]
        + options)
  }

  @Test("half a golden that still states its hash is unreadable")
  func halfAGolden() throws {
    try put(["a.png": "1"], in: "frames")
    try put(["a.png": "1"], in: "goldens")
    let bytes = try #require(FileManager.default.contents(atPath: folder.path("goldens/a.png")))
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: folder.path("goldens/a.png")))
    let outcome = try verify()
    #expect(outcome.status == 74)
    #expect(outcome.output.contains("ends in the middle"))
  }

  @Test("images in subfolders belong to the set")
  func subfolder() throws {
    try put(["home.png": "1", "login/form.png": "2"], in: "frames")
    try put(["home.png": "1", "login/form.png": "3"], in: "goldens")
    let outcome = try verify()
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("login/form: differs"))
    #expect(FileManager.default.fileExists(atPath: folder.path("results/diff/login/form.png")))
  }

  @Test("names that a dump would read as one number are the names of different images")
  func collidingNames() throws {
    try put(["1920-1080.png": "1"], in: "frames")
    try put(["1920-1080.png": "2", "1920-001080.png": "1"], in: "goldens")
    #expect(try verify().status == 1)
    try put(["1920-1080.png": "1"], in: "goldens")
    #expect(try verify().status == 5)
  }

  @Test("a frame that is not an image is unreadable, with or without a golden", arguments: ["", "no PNG"])
  func unreadableFrame(text: String) throws {
    try put(["a.png": "1"], in: "frames")
    try put(["a.png": "1"], in: "goldens")
    try text.write(toFile: folder.path("frames/b.png"), atomically: false, encoding: .utf8)
    let outcome = try verify()
    #expect(outcome.status == 74)
    #expect(outcome.output.contains("b: \(folder.path("frames/b.png")) is"))
    #expect(outcome.output.contains("1 of 2 frames pass; 1 unreadable"))
    try put(["b.png": "1"], in: "goldens")
    #expect(try verify().status == 74)
  }

  @Test("a Git LFS pointer is named as one, as a frame and as a golden")
  func pointers() throws {
    try put(["a.png": "1"], in: "goldens")
    try put(["b.png": "1"], in: "frames")
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    try pointer.write(toFile: folder.path("frames/a.png"), atomically: false, encoding: .utf8)
    let outcome = try verify()
    #expect(outcome.status == 74)
    #expect(outcome.output.contains("is a Git LFS pointer, not the image: run git lfs pull"))
  }

  @Test("the worst of several exit codes is the run's: 74, 1, 5, 2")
  func worst() throws {
    try put(["a.png": "1"], in: "goldens")
    try put(["a.png": "1", "new.png": "2"], in: "frames")
    #expect(try verify().status == 2)
    try put(["missed.png": "3"], in: "goldens")
    #expect(try verify().status == 5)
    try put(["a.png": "4"], in: "frames")
    #expect(try verify().status == 1)
    try "x".write(toFile: folder.path("frames/x.png"), atomically: false, encoding: .utf8)
    #expect(try verify().status == 74)
    for command in ["verify", "serve", "replay"] {
      let help = try Program.run([command, "--help"]).output.split(whereSeparator: \.isWhitespace).joined(
        separator: " ")
      #expect(
        help.contains(
          "the first that applies: 74 something cannot be read or written, 70 a defect of scanout, 1 a frame"),
        "\(help)")
    }
  }

  @Test("after a pass nothing of an earlier failure remains, also in the default folder and after an error")
  func results() throws {
    try put(["a.png": "1"], in: "goldens")
    try put(["a.png": "2"], in: "frames")
    #expect(try verify().status == 1)
    let images = ["actual", "expected", "diff"].map { folder.path("results/\($0)/a.png") }
    for image in images { #expect(FileManager.default.fileExists(atPath: image)) }
    try put(["a.png": "1"], in: "frames")
    #expect(try verify().status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("results")) == ["result.json"])
    try put(["a.png": "2"], in: "frames")
    #expect(try verify().status == 1)
    try FileManager.default.removeItem(atPath: folder.path("goldens"))
    #expect(try verify().status == 74)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("results")) == ["result.json"])
  }

  @Test("two tests that share a folder of results keep theirs")
  func tests() throws {
    try put(["a.png": "1"], in: "goldens")
    try put(["a.png": "2"], in: "frames")
    #expect(try verify("--test", "one").status == 1)
    #expect(try verify("--test", "two").status == 1)
    for test in ["one", "two"] {
      #expect(FileManager.default.fileExists(atPath: folder.path("results/\(test)/diff/a.png")))
    }
    #expect(try verify("--test", "../x").status == 64)
  }

  @Test("a recording that did not finish does not pass without --allow-unfinished")
  func unfinished() throws {
    try Program.run(["demo", "--dump", folder.path("frames")])
    try FileManager.default.copyItem(atPath: goldens, toPath: folder.path("goldens"))
    #expect(try verify().status == 0)
    let manifest = folder.path("frames/manifest.json")
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    try text.replacingOccurrences(of: "\"finished\" : true", with: "\"finished\" : false")
      .write(toFile: manifest, atomically: false, encoding: .utf8)
    let outcome = try verify()
    #expect(outcome.status == 74)
    #expect(outcome.output.contains("--allow-unfinished"))
    #expect(try verify("--allow-unfinished").status == 0)
    // What is played of it is no more finished than it is.
    #expect(try Program.run(["replay", folder.path("frames"), "--dump", folder.path("again")]).status == 0)
    let again = ["verify", folder.path("again"), "--golden", goldens, "--results", folder.path("results")]
    #expect(try Program.run(again).status == 74)
    #expect(try Program.run(again + ["--allow-unfinished"]).status == 0)
  }

  @Test("frames that a dump has lost do not pass")
  func lost() throws {
    try Program.run(["demo", "--dump", folder.path("frames")])
    try FileManager.default.createDirectory(atPath: folder.path("goldens"), withIntermediateDirectories: true)
    // One golden less, so that nothing is missed: the frame is neither there nor expected.
    for file in try FileManager.default.contentsOfDirectory(atPath: goldens) where file != "0-000007.png" {
      try FileManager.default.copyItem(atPath: "\(goldens)/\(file)", toPath: folder.path("goldens/\(file)"))
    }
    try FileManager.default.removeItem(atPath: folder.path("frames/frames/0-000007.png"))
    let outcome = try verify()
    #expect(outcome.status == 74)
    #expect(outcome.output.contains("0-000007: "))
  }

  @Test("--check believes no hash that a file states")
  func check() throws {
    try put(["a.png": "1"], in: "frames")
    // The pixels of one frame behind the hash of another, as an editor leaves them that keeps what it does not know.
    try FileManager.default.createDirectory(atPath: folder.path("goldens"), withIntermediateDirectories: true)
    let (one, two) = (
      try Data(contentsOf: URL(filePath: "\(goldens)/0-000001.png")),
      try Data(contentsOf: URL(filePath: "\(goldens)/0-000002.png"))
    )
    try (one.prefix(62) + two.dropFirst(62)).write(to: URL(filePath: folder.path("goldens/a.png")))
    #expect(try verify().status == 0)
    #expect(try verify("--check").status == 1)
    let inspection = try Program.run(["inspect", folder.path("goldens")])
    #expect(inspection.status == 0)
    #expect(inspection.output.contains("not checked"))
    let checked = try Program.run(["inspect", folder.path("goldens"), "--check"])
    #expect(checked.status == 74)
    #expect(checked.output.contains("holds another image than the one that it states"))
  }

  @Test("files whose names are Latin-1 are judged, also when the folder's name is")
  func latin1() throws {
    try put(["a.png": "1"], in: "frames")
    try put(["a.png": "1"], in: "goldens")
    for name in ["frames", "goldens"] {
      try #require(
        try Self.bash("cd \(folder.path); mv \(name)/a.png \(name)/$'caf\\351.png'; mv \(name) \(name)$'\\351'"))
    }
    let scanout = Program.url.path
    let verify = "\(scanout) verify frames$'\\351' --golden goldens$'\\351' --results r --check"
    #expect(try Self.bash("cd \(folder.path); \(verify)"))
    #expect(
      try Self.bash(
        "cd \(folder.path); \(scanout) compare frames$'\\351'/$'caf\\351.png' goldens$'\\351'/$'caf\\351.png'"))
  }

  @Test("an output that is also an input is found out when its name is Latin-1, too")
  func latin1Roles() throws {
    try put(["a.png": "1", "b.png": "2"], in: "frames")
    try #require(try Self.bash("cd \(folder.path)/frames; mv a.png $'\\351.png'"))
    let compare = "\(Program.url.path) compare $'\\351.png' b.png --diff $'./\\351.png'"
    #expect(try Self.bash("cd \(folder.path)/frames; \(compare) 2> /dev/null; [ $? = 64 ]"))
    #expect(try Self.bash("cmp \(folder.path)/frames/$'\\351.png' \(goldens)/0-000001.png"))
  }

  @Test("every command that a failure suggests works when it is pasted")
  func suggestions() throws {
    let name = "it's $HOME caf\u{10FFE9}"
    try put(["a.png": "1", "chrome/b.png": "2"], in: "goldens")
    try put(Dictionary(uniqueKeysWithValues: (1...9).map { ("f\($0).png", "\($0)") }), in: "frames")
    try put(["a.png": "3", "chrome/b.png": "3", "x.png": "1"], in: "frames")
    let moves = ["frames", "goldens"].map { "mv \(folder.path($0)) \(folder.path("\($0) \(name)").shellQuoted)" }
    try #require(try Self.bash(moves.joined(separator: " && ")))
    let verify = "\(Program.url.path) verify \("frames \(name)".shellQuoted) --golden \("goldens \(name)".shellQuoted)"
    let output = folder.path("output")
    #expect(try !Self.bash("cd \(folder.path); \(verify) > \(output)"))
    let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("  ") }
    // The rest of the line is a comment, as a shell sees it.
    let listing = try #require(lines.first { $0.contains(" --all") }).components(separatedBy: "   #")[0]
    #expect(
      try !Self.bash("cd \(folder.path); PATH=\(Program.url.deletingLastPathComponent().path):$PATH; \(listing) > all"))
    #expect(try Self.bash("grep 'f9: has no golden' \(folder.path("all"))"))
    let accepting = try #require(lines.first { $0.contains("cp -r ") })
    #expect(try Self.bash("cd \(folder.path); \(accepting)"))
    #expect(try Self.bash("cd \(folder.path); \(verify)"))
  }

  private static func bash(_ command: String) throws -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", command]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

@Suite("scanout compare")
struct CompareTests {
  private let folder = TemporaryFolder.forSuite()
  private let goldens = Program.root.appending(path: "Fixtures/demo").path

  @Test("after a pass or an error no image of an earlier difference is left; another program's file stays")
  func earlierDiff() throws {
    let diff = folder.path("diff.png")
    func compare(_ other: String) throws -> Int32 {
      try Program.run(["compare", "\(goldens)/0-000001.png", other, "--diff", diff]).status
    }
    #expect(try compare("\(goldens)/0-000002.png") == 1)
    #expect(FileManager.default.fileExists(atPath: diff))
    #expect(try compare("\(goldens)/0-000001.png") == 0)
    #expect(!FileManager.default.fileExists(atPath: diff))
    #expect(try compare("\(goldens)/0-000002.png") == 1)
    #expect(try compare(folder.path("missing.png")) == 74)
    #expect(!FileManager.default.fileExists(atPath: diff))
    try "mine".write(toFile: diff, atomically: false, encoding: .utf8)
    for number in 1...2 { #expect(try compare("\(goldens)/0-00000\(number).png") == 74) }
    #expect(try String(contentsOfFile: diff, encoding: .utf8) == "mine")
  }
}

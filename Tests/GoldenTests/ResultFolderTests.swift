import Display
import Foundation
import Frames
import Golden
import PNG
import ScanoutTesting
import Testing

@Suite("The results of a run")
struct ResultFolderTests {
  /// A run with a frame that passes, one that differs, one without a golden, and a golden that is not reached.
  private func run(_ goldens: TemporaryFolder, into path: String?) throws -> Judgement {
    for number in 1...3 { try goldens.write(Image.noise(32, 16, seed: UInt32(number)), to: "0-00000\(number).png") }
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path), results: try path.map { try ResultFolder($0) })
    for (number, seed) in [(1, 1), (2, 9), (4, 4)] {
      let name = FrameName(scanout: 0, number: number)
      try judge.judge(CandidateFrame(name, image: .noise(32, 16, seed: UInt32(seed))))
    }
    return try judge.finish()
  }

  /// Every file below a folder.
  private func files(_ folder: TemporaryFolder) -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    return paths.filter { path in
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(path)")
      return attributes?[.type] as? FileAttributeType != .typeDirectory
    }.sorted()
  }

  private static let all = [
    "actual/0-000002.png", "actual/0-000004.png", "diff/0-000002.png", "expected/0-000002.png", "result.json",
  ]

  @Test("they hold the images of what does not pass, and nothing of what does")
  func images() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    let judgement = try run(goldens, into: results.path)
    #expect(files(results) == Self.all)
    #expect(try results.image("actual/0-000002.png").hasSamePixels(as: .noise(32, 16, seed: 9)))
    #expect(try results.image("expected/0-000002.png").hasSamePixels(as: .noise(32, 16, seed: 2)))
    #expect(try results.image("actual/0-000004.png").hasSamePixels(as: .noise(32, 16, seed: 4)))
    #expect(judgement.frames[1].images?.diff == "diff/0-000002.png")
  }

  @Test("an image around a wide and a high one would be vast, and is left out")
  func vastDifference() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    try goldens.write(Image.plain(32767, 1), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path), results: try ResultFolder(results.path))
    let frame = CandidateFrame(FrameName(scanout: 0, number: 1), image: try .plain(1, 32767))
    #expect(try judge.judge(frame).verdict == .mismatch)
    #expect(files(results) == ["actual/0-000001.png", "expected/0-000001.png", "result.json"])
  }

  @Test("an image in a subfolder has one in the results, and a file of alpha or 16 bits stays what it is")
  func subfolders() throws {
    let (goldens, frames, results) = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
    for folder in [goldens, frames] { try folder.makeFolder("chrome") }
    try goldens.write(Image.noise(8, 8, seed: 1), to: "chrome/home.png")
    // A file that states no hash: written again, it would.
    let bytes = try Image.noise(8, 8, seed: 2).fileWithoutHash()
    try frames.write(bytes, to: "chrome/home.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path), results: try ResultFolder(results.path))
    try judge.judge(UnexaminedTests.file("chrome/home.png", in: frames))
    #expect(try judge.finish().frames[0].images?.actual == "actual/chrome/home.png")
    #expect(try results.bytes(of: "actual/chrome/home.png") == bytes)
  }

  @Test("result.json says the same as the judgement, in a form that stays")
  func json() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    let judgement = try run(goldens, into: results.path)
    #expect(try results.bytes(of: "result.json") == judgement.json())
    let object = try JSONSerialization.jsonObject(with: Data(judgement.json()))
    let report = try #require(object as? [String: Any])
    #expect(report["format"] as? String == "scanout-verify")
    #expect(report["version"] as? Int == 1)
    #expect(report["summary"] as? String == "1 of 4 frames pass; 1 different, 1 without a golden, 1 not reached")
    #expect(report["isFinished"] as? Bool == true)
    #expect(report["verdict"] as? String == "mismatch")
    #expect(report["exitCode"] as? Int == 1)
    #expect(report["goldens"] as? String == goldens.path)
    #expect(report["results"] as? String == results.path)
    #expect((report["counts"] as? [String: Int])?["notReached"] == 1)
    let frames = try #require(report["frames"] as? [[String: Any]])
    #expect(frames.map { $0["name"] as? String } == ["0-000001", "0-000002", "0-000004", "0-000003"])
    #expect(frames.map { $0["verdict"] as? String } == ["pass", "mismatch", "missing-golden", "not-reached"])
    let difference = try #require(frames[1]["difference"] as? [String: Any])
    #expect(difference["differingPixels"] as? Int == 512)
    #expect((frames[1]["images"] as? [String: String])?["diff"] == "diff/0-000002.png")
    #expect(frames[0].keys.sorted() == ["name", "verdict"])
  }

  @Test("earlier results are removed, and until there are new ones the report says so")
  func again() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    _ = try run(goldens, into: results.path)
    _ = try ResultFolder(results.path)
    #expect(files(results) == ["result.json"])
    #expect(results.names == ["result.json"])
    let report = try JSONSerialization.jsonObject(with: Data(results.bytes(of: "result.json"))) as? [String: Any]
    #expect(report?["isFinished"] as? Bool == false)
  }

  @Test("a folder that is made when it is needed is not made for a run that passes, and is emptied all the same")
  func lazily() throws {
    let (goldens, folder) = (try TemporaryFolder(), try TemporaryFolder())
    let path = "\(folder.path)/results"
    try goldens.write(Image.noise(8, 8), to: "a.png")
    func judge(seed: UInt32) throws -> Judgement {
      let judge = GoldenJudge(
        try GoldenSet(folder: goldens.path), results: try ResultFolder(path, makesAtOnce: false))
      try judge.judge(CandidateFrame(FrameName(file: "a.png"), image: .noise(8, 8, seed: seed)))
      return try judge.finish()
    }
    #expect(try judge(seed: 1).results == nil)
    #expect(folder.names == [])
    #expect(try judge(seed: 2).results == path)
    #expect(files(folder).count == 4)
    #expect(try judge(seed: 1).verdict == .pass)
    #expect(files(folder) == ["results/result.json"])
    #expect(
      String(decoding: try folder.bytes(of: "results/result.json"), as: UTF8.self).contains("1 of 1 frame passes"))
  }

  @Test("tests that share a folder have a part each, and leave each other's alone")
  func tests() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    func run(_ test: String?) throws {
      for number in 1...3 { try goldens.write(Image.noise(32, 16, seed: UInt32(number)), to: "0-00000\(number).png") }
      let judge = GoldenJudge(
        try GoldenSet(folder: goldens.path), results: try ResultFolder(results.path, test: test, makesAtOnce: false))
      try judge.judge(CandidateFrame(FrameName(scanout: 0, number: 1), image: .noise(32, 16, seed: 9)))
      _ = try judge.finish()
    }
    try run("login")
    try run("chrome/login")
    let before = files(results)
    #expect(before.count == 8)
    #expect(before.contains("chrome/login/diff/0-000001.png"))
    try run("login")
    #expect(files(results) == before)
    // The folder itself may hold results too, beside those of the tests.
    try run(nil)
    #expect(files(results).count == 12)
    try run("login")
    #expect(files(results).count == 12)
  }

  @Test(
    "a test's name that leads elsewhere, or into another test's images, is refused",
    arguments: [
      "", "..", "../x", "a/../b", "/tmp", "a//b", "-rf", ".hidden", "a/.b", "actual", "a/diff", "result.json", "a/",
    ])
  func badNames(name: String) throws {
    let folder = try TemporaryFolder()
    #expect(throws: GoldenError.badTestName(name)) { try ResultFolder(folder.path, test: name) }
    #expect(folder.names == [])
  }

  @Test("a link in the place of a test or of images is not followed, and nothing behind it is removed")
  func links() throws {
    let (results, other) = (try TemporaryFolder(), try TemporaryFolder())
    let earlier = try TemporaryFolder()
    _ = try run(try TemporaryFolder(), into: other.path)
    let files = FileManager.default
    try files.createSymbolicLink(atPath: "\(results.path)/login", withDestinationPath: other.path)
    #expect(throws: GoldenError.self) { try ResultFolder(results.path, test: "login") }
    _ = try ResultFolder(earlier.path)
    try files.createSymbolicLink(atPath: "\(earlier.path)/actual", withDestinationPath: "\(other.path)/actual")
    try earlier.makeFolder("diff")
    try files.createSymbolicLink(atPath: "\(earlier.path)/diff/a.png", withDestinationPath: "\(other.path)/result.json")
    _ = try ResultFolder(earlier.path)
    #expect(self.files(other) == Self.all)
    #expect(throws: GoldenError.self) { try run(try TemporaryFolder(), into: earlier.path) }
    #expect(self.files(other) == Self.all)
  }

  @Test("files that we did not write stay, also in our folder")
  func strangers() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    _ = try run(goldens, into: results.path)
    try results.write("mine", to: "letter.txt")
    try results.write("mine", to: "actual/letter.txt")
    _ = try ResultFolder(results.path)
    #expect(files(results) == ["actual/letter.txt", "letter.txt", "result.json"])
  }

  @Test("a run that was stopped while it removed or wrote leaves a folder that the next one takes")
  func interrupted() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    try results.write("{\"for", to: ".unfinished")
    _ = try run(goldens, into: results.path)
    _ = try ResultFolder(results.path)
    try results.makeFolder("actual")
    try results.write("half", to: "actual/.unfinished")
    try results.write("half", to: ".unfinished")
    _ = try run(goldens, into: results.path)
    #expect(files(results) == Self.all)
  }

  @Test("a folder that only looks like results is left alone")
  func lookalike() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("actual")
    try folder.write("mine", to: "actual/0-000001.png")
    #expect(throws: GoldenError.self) { try ResultFolder(folder.path) }
    #expect(files(folder) == ["actual/0-000001.png"])
  }

  @Test(
    "a folder with another program's result.json is left alone", arguments: ["{}", "[]", "", #"{"format":"junit"}"#])
  func foreignReport(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "result.json")
    try folder.makeFolder("actual")
    try folder.write("mine", to: "actual/a.png")
    #expect(throws: GoldenError.foreignResults(path: "\(folder.path)/result.json")) { try ResultFolder(folder.path) }
    #expect(files(folder) == ["actual/a.png", "result.json"])
  }

  @Test("a folder with anything else in it is left alone")
  func foreign() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "letter.txt")
    let error = #expect(throws: GoldenError.self) { try ResultFolder(folder.path) }
    #expect(error?.description.contains("letter.txt") == true)
    #expect(folder.names == ["letter.txt"])
  }

  @Test("a folder that cannot be made is named")
  func impossible() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "file")
    let error = #expect(throws: GoldenError.self) { try ResultFolder(folder.path + "/file/results") }
    #expect(error?.description.contains("cannot be written to \(folder.path)/file/results: Not a directory") == true)
  }

  @Test("the summary names what is wrong, counts, and ends with commands that go on from here")
  func summary() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    let judgement = try run(goldens, into: results.path)
    let lines = judgement.summary(source: "my frames", hasDisplay: true)
    #expect(lines[0] == "0-000002: differs from its golden")
    let others = [
      "0-000004: has no golden",
      "0-000003: has a golden, but the run has no such frame",
      "1 of 4 frames pass; 1 different, 1 without a golden, 1 not reached",
      "",
      "What next:",
      "  xdg-open \(results.path)/diff/0-000002.png",
      "  scanout replay 'my frames' --window --from 0-2",
      "  cp -r \(results.path)/actual/. \(goldens.path)   # accepts the new images",
      "  scanout export 'my frames' --frame last=last --to selected-goldens   # when the number of frames differs from run to "
        + "run: a golden of the last one",
    ]
    #expect(lines.suffix(others.count) == others[...])
    // Nobody sees a window there.
    #expect(!judgement.summary(source: "my frames").contains { $0.contains("--window") || $0.contains("xdg-open") })
  }

  @Test("of many failures ten are described, with a command that lists all; or all are")
  func many() throws {
    let goldens = try TemporaryFolder()
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    for number in 1...14 {
      try judge.judge(
        CandidateFrame(FrameName(scanout: 0, number: number), image: .noise(8, 8, seed: UInt32(number))))
    }
    let judgement = try judge.finish()
    let lines = judgement.summary(source: "it's")
    #expect(lines[10] == "… and 4 more frames")
    #expect(lines.contains("  scanout verify 'it'\\''s' --golden \(goldens.path) --all   # lists all frames"))
    #expect(judgement.summary(source: "it's", listsAll: true).filter { $0.hasSuffix("has no golden") }.count == 14)
  }

  @Test(
    "the command that accepts does so, whatever the folders are called",
    arguments: ["it's new", "-rf", "caf\u{10FFE9}", "a\nb"])
  func accepting(name: String) throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("old $HOME")
    let names = ["0-000001.png", "chrome/home.png", "Upper.PNG"].map { FrameName(file: $0) }
    let results = try ResultFolder("\(folder.path)/\(name)")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path + "/old $HOME"), results: results)
    for (seed, name) in names.enumerated() {
      try judge.judge(CandidateFrame(name, image: .noise(8, 8, seed: UInt32(seed))))
    }
    let command = try #require(try judge.finish().summary(source: "x").last)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", command]
    try shell.run()
    shell.waitUntilExit()
    let again = GoldenJudge(try GoldenSet(folder: folder.path + "/old $HOME"))
    for (seed, name) in names.enumerated() {
      try again.judge(CandidateFrame(name, image: .noise(8, 8, seed: UInt32(seed))))
    }
    #expect(try again.finish().verdict == .pass)
  }

  @Test("a run in which all is well needs one line")
  func well() throws {
    let goldens = try TemporaryFolder()
    try goldens.write(Image.noise(8, 8), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    try judge.judge(CandidateFrame(FrameName(scanout: 0, number: 1), image: .noise(8, 8)))
    #expect(try judge.finish().summary(source: "x") == ["1 of 1 frame passes"])
  }
}

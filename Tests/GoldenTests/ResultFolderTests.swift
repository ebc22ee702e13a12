import Display
import Foundation
import Golden
import PNG
import Testing

@Suite("The results of a run")
struct ResultFolderTests {
  /// A run with a frame that passes, one that differs, one without a golden, and a golden that is not reached.
  private func run(_ goldens: TemporaryFolder, into path: String?) throws -> Judgement {
    for number in 1...3 { try goldens.write(Picture.noise(32, 16, seed: UInt32(number)), to: "0-00000\(number).png") }
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path), results: try path.map { try ResultFolder($0) })
    for (number, seed) in [(1, 1), (2, 9), (4, 4)] {
      let name = FrameName(scanout: 0, number: number)
      try judge.judge(CandidateFrame(name, picture: .noise(32, 16, seed: UInt32(seed))))
    }
    return try judge.finish()
  }

  @Test("they hold the pictures of what does not pass, and nothing of what does")
  func files() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    _ = try run(goldens, into: results.path)
    #expect(
      results.names == [
        "0-000002.actual.png", "0-000002.diff.png", "0-000002.expected.png", "0-000004.actual.png", "result.json",
      ])
    #expect(try results.picture("0-000002.actual.png").hasSamePixels(as: .noise(32, 16, seed: 9)))
    #expect(try results.picture("0-000002.expected.png").hasSamePixels(as: .noise(32, 16, seed: 2)))
    #expect(try results.picture("0-000004.actual.png").hasSamePixels(as: .noise(32, 16, seed: 4)))
  }

  @Test("a picture around a wide and a high one would be vast, and is left out")
  func vastDifference() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    try goldens.write(Picture.plain(32767, 1), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path), results: try ResultFolder(results.path))
    let frame = CandidateFrame(FrameName(scanout: 0, number: 1), picture: try .plain(1, 32767))
    #expect(try judge.judge(frame).verdict == .mismatch)
    #expect(results.names == ["0-000001.actual.png", "0-000001.expected.png", "result.json"])
  }

  @Test("result.json says the same as the judgement, in a form that stays")
  func json() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    let judgement = try run(goldens, into: results.path)
    #expect(try results.bytes(of: "result.json") == judgement.json())
    let object = try JSONSerialization.jsonObject(with: Data(judgement.json()))
    let report = try #require(object as? [String: Any])
    #expect(report["format"] as? String == "scanout judgement")
    #expect(report["version"] as? Int == 1)
    #expect(report["finished"] as? Bool == true)
    #expect(report["verdict"] as? String == "mismatch")
    #expect(report["exitCode"] as? Int == 1)
    #expect(report["goldens"] as? String == goldens.path)
    #expect((report["counts"] as? [String: Int])?["not-reached"] == 1)
    let frames = try #require(report["frames"] as? [[String: Any]])
    #expect(frames.map { $0["name"] as? String } == ["0-000001", "0-000002", "0-000004", "0-000003"])
    #expect(frames.map { $0["verdict"] as? String } == ["pass", "mismatch", "missing-golden", "not-reached"])
    let difference = try #require(frames[1]["difference"] as? [String: Any])
    #expect(difference["differingPixels"] as? Int == 512)
    #expect(frames[0].keys.sorted() == ["name", "verdict"])
  }

  @Test("earlier results are removed, and until there are new ones the report says so")
  func again() throws {
    let (goldens, results) = (try TemporaryFolder(), try TemporaryFolder())
    _ = try run(goldens, into: results.path)
    _ = try ResultFolder(results.path)
    #expect(results.names == ["result.json"])
    let report = try JSONSerialization.jsonObject(with: Data(results.bytes(of: "result.json"))) as? [String: Any]
    #expect(report?["finished"] as? Bool == false)
  }

  @Test("a folder that only looks like results is left alone")
  func lookalike() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "0-000001.actual.png")
    #expect(throws: GoldenError.self) { try ResultFolder(folder.path) }
    #expect(folder.names == ["0-000001.actual.png"])
  }

  @Test("a folder with anything else in it is left alone")
  func foreign() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "0-000001.actual.png")
    try folder.write("mine", to: "letter.txt")
    let error = #expect(throws: GoldenError.self) { try ResultFolder(folder.path) }
    #expect(error?.description.contains("letter.txt") == true)
    #expect(folder.names == ["0-000001.actual.png", "letter.txt"])
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
    let lines = judgement.summary(source: "my frames")
    #expect(
      lines.prefix(2) == ["0-000002: differs from its golden", "  512 of 512 pixels differ (100.00 %), in 32x16+0+0"])
    #expect(
      lines.dropFirst(3) == [
        "0-000004: has no golden",
        "0-000003: has a golden, but the run has no such frame",
        "1 of 4 frames pass; 1 different, 1 without a golden, 1 not reached",
        "",
        "What next:",
        "  xdg-open \(results.path)/0-000002.diff.png",
        "  scanout replay 'my frames' --window --from 0-2",
        "  for f in \(results.path)/*.actual.png; do cp \"$f\" \(goldens.path)/\"$(basename \"$f\" .actual.png)\".png; done"
          + "   # accepts the new pictures",
      ])
  }

  @Test("the command that accepts does so, whatever the folders are called")
  func accepting() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("it's new")
    try folder.makeFolder("old $HOME")
    let goldens = try GoldenSet(folder: folder.path + "/old $HOME")
    let judge = GoldenJudge(goldens, results: try ResultFolder(folder.path + "/it's new"))
    for number in 1...2 {
      let name = FrameName(scanout: 0, number: number)
      try judge.judge(CandidateFrame(name, picture: .noise(8, 8, seed: UInt32(number))))
    }
    let command = try #require(try judge.finish().summary(source: "x").last)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", command]
    try shell.run()
    shell.waitUntilExit()
    let again = GoldenJudge(try GoldenSet(folder: folder.path + "/old $HOME"))
    for number in 1...2 {
      let name = FrameName(scanout: 0, number: number)
      try again.judge(CandidateFrame(name, picture: .noise(8, 8, seed: UInt32(number))))
    }
    #expect(try again.finish().verdict == .pass)
  }

  @Test("a run in which all is well needs one line")
  func well() throws {
    let goldens = try TemporaryFolder()
    try goldens.write(Picture.noise(8, 8), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    try judge.judge(CandidateFrame(FrameName(scanout: 0, number: 1), picture: .noise(8, 8)))
    #expect(try judge.finish().summary(source: "x") == ["1 of 1 frames pass"])
  }
}

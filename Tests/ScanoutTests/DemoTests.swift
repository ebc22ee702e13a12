import Foundation
import ScanoutTesting
import Testing

@Suite("scanout demo, replay, verify, compare")
struct DemoTests {
  private let folder = TemporaryFolder.forSuite()
  private let goldens = Program.root.appending(path: "Fixtures/demo").path

  private func files(_ name: String) throws -> [String: Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path(name))
    return Dictionary(
      uniqueKeysWithValues: paths.compactMap { path in
        // A folder has no content, and a dump has no empty files.
        FileManager.default.contents(atPath: folder.path("\(name)/\(path)")).map { (path, $0) }
      })
  }

  @Test("the demo shows its goldens, and is the same bytes each time; a replay of it is, too")
  func demo() throws {
    let demo = try Program.run(["demo", "--dump", folder.path("one"), "--golden", goldens])
    #expect(demo.status == 0, "\(demo.errors)")
    #expect(demo.output.contains("The guest drew 150 frames on 2 scanouts."))
    try Program.run(["demo", "--dump", folder.path("two")])
    #expect(try Program.run(["replay", folder.path("one"), "--dump", folder.path("three")]).status == 0)
    let one = try files("one")
    #expect(one.count > 150)
    #expect(try files("two") == one)
    #expect(try files("three") == one)
  }

  @Test("its suggestions work where it runs: no windows in continuous integration or without a display")
  func suggestions() throws {
    for environment in [["CI": "true", "DISPLAY": ":54321"], ["CI": "", "DISPLAY": ""]] {
      let demo = try Program.run(["demo", "--dump", folder.path("one"), "--no-window"], environment: environment)
      #expect(demo.status == 0)
      #expect(demo.output.contains("scanout inspect"))
      #expect(!demo.output.contains("--window") && !demo.output.contains("xdg-open"), "\(demo.output)")
    }
    let seen = try Program.run(
      ["demo", "--dump", folder.path("one"), "--no-window"], environment: ["CI": "", "DISPLAY": ":54321"])
    #expect(seen.output.contains("scanout replay \(folder.path("one"))/ --window"))
  }

  @Test("a demo replaces the dump of an earlier demo, and no other recording")
  func again() throws {
    for _ in 0..<2 { #expect(try Program.run(["demo", "--dump", folder.path("one")]).status == 0) }
    let images = folder.path("images")
    try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: goldens + "/0-000001.png", toPath: images + "/mine.png")
    #expect(try Program.run(["replay", images, "--dump", folder.path("two")]).status == 0)
    let before = try files("two")
    let outcome = try Program.run(["demo", "--dump", folder.path("two")])
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("two holds a recording that is not a demo's"), "\(outcome.errors)")
    #expect(try files("two") == before)
    // Nor one that cannot be opened.
    try FileManager.default.removeItem(atPath: folder.path("two/events.jsonl"))
    #expect(try Program.run(["demo", "--dump", folder.path("two")]).status == 74)
    #expect(try files("two").keys.contains { $0.hasSuffix("0-000001.png") })
  }

  @Test("verify tells a pass, a mismatch, a missing golden and a frame that was never reached apart")
  func verify() throws {
    try Program.run(["demo", "--dump", folder.path("run")])
    let mine = folder.path("goldens")
    try FileManager.default.copyItem(atPath: goldens, toPath: mine)
    func verify() throws -> Program.Outcome {
      try Program.run(["verify", folder.path("run"), "--golden", mine, "--results", folder.path("results")])
    }
    #expect(try verify().status == 0)
    let wrong = mine + "/0-000007.png"
    try FileManager.default.copyItem(atPath: mine + "/1-000001.png", toPath: mine + "/0-000999.png")
    #expect(try verify().status == 5)
    try FileManager.default.removeItem(atPath: mine + "/0-000999.png")
    try FileManager.default.removeItem(atPath: mine + "/1-000030.png")
    #expect(try verify().status == 2)
    try FileManager.default.removeItem(atPath: wrong)
    try FileManager.default.copyItem(atPath: mine + "/0-000006.png", toPath: wrong)
    let outcome = try verify()
    #expect(outcome.status == 1)
    #expect((outcome.output + outcome.errors).contains("0-000007"))
  }

  @Test("compare says equal, or how two images differ")
  func compare() throws {
    let one = goldens + "/0-000001.png"
    let same = try Program.run(["compare", one, one])
    #expect(same.status == 0)
    #expect(try Program.run(["compare", one, one, "--json"]).output.contains("\"isSame\" : true"))
    let other = try Program.run(["compare", one, goldens + "/0-000002.png"])
    #expect(other.status == 1)
    #expect(other.output.contains("pixels"))
    #expect(try Program.run(["compare", one, goldens + "/1-000001.png"]).status == 1)
  }

  @Test("a folder of plain PNG files can be inspected and played")
  func images() throws {
    let inspection = try Program.run(["inspect", goldens, "--json"])
    #expect(inspection.status == 0)
    #expect(inspection.output.contains("\"frameCount\" : 150"))
    let replay = try Program.run(["replay", goldens, "--dump", folder.path("played"), "--image-rate", "10"])
    #expect(replay.status == 0)
    #expect(try Program.run(["verify", folder.path("played"), "--golden", goldens]).status == 0)
  }
}

import Foundation
import ScanoutTesting
import Testing

@Suite("scanout and frames that are selected by what happened")
struct SelectionTests {
  private let folder = TemporaryFolder.forSuite()

  /// Records the demo: 120 frames of scanout 0 and 30 of scanout 1.
  private func record() throws {
    #expect(try Program.run(["demo", "--dump", folder.path("demo"), "--no-window"]).status == 0)
  }

  private func verify(_ options: String...) throws -> Program.Outcome {
    try Program.run(
      ["verify", folder.path("demo"), "--golden", folder.path("goldens"), "--results", folder.path("results")] + options
    )
  }

  private func export(_ options: String...) throws -> Program.Outcome {
    try Program.run(["export", folder.path("demo"), "--to", folder.path("goldens")] + options)
  }

  @Test("export makes the goldens that verify takes, whatever the numbers of the frames are")
  func exportAndVerify() throws {
    try record()
    let exported = try export("--frame", "desktop=last", "--frame", "boot/panel=1:first")
    #expect(exported.status == 0, "\(exported.errors)")
    #expect(exported.output.contains("goldens/desktop.png: frame 0-000120"))
    #expect(
      try Data(contentsOf: URL(filePath: folder.path("goldens/boot/panel.png")))
        == Data(contentsOf: URL(filePath: folder.path("demo/frames/1-000001.png"))))
    let passed = try verify("--frame", "desktop=last", "--frame", "boot/panel=1:first")
    #expect(passed.status == 0, "\(passed.output)")
    #expect(passed.output.contains("2 of 2 frames pass\n148 frames were not selected"))
    // Part of the recording has fewer frames, with other numbers, and the same end.
    let part = ["replay", folder.path("demo"), "--from", "0-100", "--dump", folder.path("part")]
    #expect(try Program.run(part).status == 0)
    let again = try Program.run([
      "verify", folder.path("part"), "--golden", folder.path("goldens"), "--results", folder.path("results"),
      "--frame", "desktop=last", "--frame", "boot/panel=1:frame:1",
    ])
    #expect(again.status == 1)
    #expect(again.output.contains("boot/panel: differs"))
    #expect(!again.output.contains("desktop: "))
    // Two moments are compared with a golden dump's own.
    let dumps = try Program.run([
      "verify", folder.path("part"), "--golden", folder.path("demo"), "--results", folder.path("results"), "--frame",
      "desktop=last",
    ])
    #expect(dumps.status == 0, "\(dumps.output)")
  }

  @Test("a frame that differs is shown under its name, and accepted by the command that is suggested")
  func mismatch() throws {
    try record()
    #expect(try export("--frame", "desktop=frame:3").status == 0)
    let outcome = try verify("--frame", "desktop=last")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("desktop: differs from its golden"))
    #expect(FileManager.default.fileExists(atPath: folder.path("results/diff/desktop.png")))
    let accepted = folder.path("results/actual/desktop.png")
    try FileManager.default.moveItem(atPath: folder.path("goldens/desktop.png"), toPath: folder.path("old"))
    #expect(try verify("--frame", "desktop=last").status == 2)
    try FileManager.default.copyItem(atPath: accepted, toPath: folder.path("goldens/desktop~2.png"))
    try FileManager.default.moveItem(atPath: folder.path("old"), toPath: folder.path("goldens/desktop.png"))
    #expect(try verify("--frame", "desktop=last").status == 0)
  }

  @Test("a selector that selects nothing, and a golden that nothing selects, are not reached, and it is said why")
  func notReached() throws {
    try record()
    #expect(try export("--frame", "desktop=last").status == 0)
    let nothing = try verify("--frame", "desktop=label:login")
    #expect(nothing.status == 5)
    #expect(
      nothing.output.contains(
        "desktop: label:login selects no frame: there is no such label; the recording has none"), "\(nothing.output)")
    let overlooked = try verify("--frame", "other=last")
    #expect(overlooked.status == 5)
    #expect(overlooked.output.contains("desktop: has a golden, but nothing selects it"))
    let exported = try export("--frame", "a=first", "--frame", "b=frame:1000")
    #expect(exported.status == 5)
    #expect(exported.output.contains("b: frame:1000 selects no frame: scanout 0 has 120 frames, up to number 120"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("goldens/a.png")))
  }

  @Test("a recording that lost a frame does not pass: that frame may be the one to select")
  func lost() throws {
    try record()
    #expect(try export("--frame", "desktop=last").status == 0)
    try FileManager.default.removeItem(atPath: folder.path("demo/frames/0-000120.png"))
    let outcome = try verify("--frame", "desktop=last")
    #expect(outcome.status == 74)
    #expect(outcome.output.contains("0-000120.png: there is no such file"))
  }

  @Test("export replaces no image unless it is told to")
  func existing() throws {
    try record()
    #expect(try export("--frame", "a=first").status == 0)
    #expect(try export("--frame", "a=first").output.contains("which was there already"))
    let refused = try export("--frame", "b=first", "--frame", "a=last")
    #expect(refused.status == 74)
    #expect(refused.errors.contains("a.png exists and is another image, so nothing was written"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("goldens/b.png")))
    #expect(try export("--frame", "a=last", "--overwrite").status == 0)
    #expect(try verify("--frame", "a=last").status == 0)
  }

  @Test("replay judges what it selects")
  func replay() throws {
    try record()
    #expect(try export("--frame", "desktop=last").status == 0)
    let arguments = ["replay", folder.path("demo"), "--dump", folder.path("again"), "--golden", folder.path("goldens")]
    let outcome = try Program.run(arguments + ["--frame", "desktop=last"], in: folder.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1 of 1 frame passes\n149 frames were not selected"))
  }

  @Test(
    "a wrong command line changes nothing and says what is allowed",
    arguments: [
      (["verify", "x", "--golden", "y", "--frame", "desktop"], "must be NAME=SELECTOR"),
      (["verify", "x", "--golden", "y", "--frame", "a=last", "--frame", "a=first"], "Two frames have the name a"),
      (["replay", "x", "--dump", "y", "--frame", "a=last"], "add --golden FOLDER"),
      (["export", "x", "--to", "y"], "Nothing is selected"),
      (["export", "x", "--to", "x/y", "--frame", "a=last"], "is inside"),
    ])
  func wrong(arguments: [String], sentence: String) throws {
    let outcome = try Program.run(arguments, in: folder.path)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}

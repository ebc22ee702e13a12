import Display
import Frames
import Golden
import PNG
import ScanoutTesting
import Testing

@Suite("A golden with several images")
struct GoldenListTests {
  private static func frame(_ name: String, seed: UInt32) throws -> CandidateFrame {
    CandidateFrame(FrameName(file: name + ".png"), image: try .noise(20, 10, seed: seed))
  }

  /// Goldens with three images of `login` and one of `home`.
  private static func makeGoldens(stating: Bool = true) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (index, name) in ["login", "login~2", "login~10", "home"].enumerated() {
      let image = try Image.noise(20, 10, seed: UInt32(index))
      try folder.write(stating ? image.file() : image.fileWithoutHash(), to: "\(name).png")
    }
    return folder
  }

  @Test("passes a frame that is any of them, whether their files state a hash or not", arguments: [true, false])
  func any(stating: Bool) throws {
    let goldens = try Self.makeGoldens(stating: stating)
    let set = try GoldenSet(folder: goldens.path)
    #expect(set.names.map(\.description) == ["home", "login"])
    #expect(set.images(of: FrameName(file: "login.png")).map(\.file) == ["login.png", "login~2.png", "login~10.png"])
    for seed in UInt32(0)..<3 {
      let judge = GoldenJudge(set)
      #expect(try judge.judge(Self.frame("login", seed: seed)).verdict == .pass)
      try judge.judge(Self.frame("home", seed: 3))
      #expect(try judge.finish().verdict == .pass)
    }
  }

  @Test("does not pass another frame, which is compared with the closest of them")
  func none() throws {
    let goldens = try Self.makeGoldens()
    let frame = try Image.noise(20, 10, seed: 2)
    frame.surface.fill(Rectangle(x: 0, y: 0, width: 3, height: 1), with: Color(red: 1, green: 2, blue: 3))
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    let result = try judge.judge(CandidateFrame(FrameName(file: "login.png"), image: frame))
    #expect(result.verdict == .mismatch)
    #expect(result.difference?.differingPixels == 3)
    #expect(
      try judge.judge(Self.frame("home", seed: 0)).difference?.diagnoses.first
        == .otherGolden(FrameName(file: "login.png")))
  }

  @Test("is not reached once, not once for each image, when its frame does not come")
  func notReached() throws {
    let goldens = try Self.makeGoldens()
    let judgement = try GoldenJudge(try GoldenSet(folder: goldens.path)).finish()
    #expect(judgement.frames.map(\.name.description) == ["home", "login"])
    #expect(judgement.frames.map(\.verdict) == [.notReached, .notReached])
  }

  @Test("is unreadable when one of them is, also if another one passes", arguments: [0, 1, 2] as [UInt32])
  func unreadable(seed: UInt32) throws {
    let goldens = try Self.makeGoldens()
    try goldens.write(Array(Image.noise(20, 10, seed: 1).file().dropLast(30)), to: "login~2.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    try judge.judge(Self.frame("login", seed: seed))
    try judge.judge(Self.frame("home", seed: 3))
    let judgement = try judge.finish()
    #expect(judgement.verdict == .unreadable)
    #expect(judgement.frames.contains { $0.problem?.contains("login~2.png") == true })
  }

  @Test("is only one where the first image is there, and where the place is written so")
  func names() throws {
    let folder = try TemporaryFolder()
    for name in ["a~2", "b", "b~1", "b~02", "b~x", "b~", "c", "c~2~3"] {
      try folder.write(Image.noise(4, 4), to: "\(name).png")
    }
    let set = try GoldenSet(folder: folder.path)
    #expect(set.names.map(\.description) == ["a~2", "b", "b~", "b~02", "b~1", "b~x", "c", "c~2~3"])
  }

  @Test("leaves a frame that is called like one of them the file of its name")
  func frameOfThatName() throws {
    let goldens = try Self.makeGoldens()
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    #expect(try judge.judge(Self.frame("login~2", seed: 1)).verdict == .pass)
    #expect(try judge.judge(Self.frame("login~2", seed: 0)).verdict == .mismatch)
  }
}

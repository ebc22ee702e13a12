import Display
import Foundation
import Golden
import PNG
import Testing

@Suite("Judging a run")
struct GoldenJudgeTests {
  private struct Unexpected: Error {}

  /// A frame whose picture must not be asked for.
  private static func sealed(_ number: Int, _ picture: Picture) -> CandidateFrame {
    CandidateFrame(FrameName(scanout: 0, number: number), hash: FrameHash(of: picture)) { throw Unexpected() }
  }

  private static func frame(_ number: Int, _ picture: Picture) -> CandidateFrame {
    CandidateFrame(FrameName(scanout: 0, number: number), picture: picture)
  }

  @Test("a frame with the golden's hash passes, and neither is decoded")
  func pass() throws {
    let folder = try TemporaryFolder()
    let picture = try Picture.noise(20, 10)
    // The head of the file says which picture it is; the rest is missing.
    try folder.write(Array(picture.file().prefix(100)), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(try judge.judge(Self.sealed(1, picture)).verdict == .pass)
    #expect(try judge.finish().verdict == .pass)
  }

  @Test("a golden that does not say which picture it is, is decoded")
  func foreign() throws {
    let folder = try TemporaryFolder()
    let picture = try Picture.noise(20, 10)
    try folder.write(picture.fileWithoutHash(), to: "0-000001.png")
    try folder.write(picture.fileWithoutHash(), to: "0-000002.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(try judge.judge(Self.sealed(1, picture)).verdict == .pass)
    #expect(try judge.judge(Self.frame(2, .noise(20, 10, seed: 2))).verdict == .mismatch)
  }

  @Test("a golden that says the wrong thing about itself is judged by its pixels when they are looked at")
  func lying() throws {
    let folder = try TemporaryFolder()
    let picture = try Picture.noise(20, 10)
    try folder.write(PNGEncoder().encode(picture, hash: FrameHash(of: .plain(1, 1))), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(try judge.judge(Self.frame(1, picture)).verdict == .pass)
  }

  @Test("every class of frame has its verdict, and the worst one decides")
  func classes() throws {
    let folder = try TemporaryFolder()
    for number in 1...3 { try folder.write(Picture.noise(20, 10, seed: UInt32(number)), to: "0-00000\(number).png") }
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    try judge.judge(Self.frame(1, .noise(20, 10, seed: 1)))
    try judge.judge(Self.frame(2, .noise(20, 10, seed: 50)))
    try judge.judge(Self.frame(4, .noise(20, 10, seed: 60)))
    let judgement = try judge.finish()
    #expect(judgement.frames.map(\.name.description) == ["0-000001", "0-000002", "0-000004", "0-000003"])
    #expect(judgement.frames.map(\.verdict) == [.pass, .mismatch, .missingGolden, .notReached])
    #expect(judgement.verdict == .mismatch)
    #expect(judgement.verdict.exitCode == 1)
  }

  @Test(
    "of two verdicts the worse one is the run's",
    arguments: [
      ([1, 4], .notReached, 5), ([1], .notReached, 5), ([1, 2, 4], .missingGolden, 2), ([4], .notReached, 5),
      ([1, 2], .pass, 0), ([], .notReached, 5),
    ] as [([Int], Verdict, Int32)])
  func worst(numbers: [Int], verdict: Verdict, code: Int32) throws {
    let folder = try TemporaryFolder()
    for number in 1...2 { try folder.write(Picture.noise(20, 10, seed: UInt32(number)), to: "0-00000\(number).png") }
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    for number in numbers { try judge.judge(Self.frame(number, .noise(20, 10, seed: UInt32(number)))) }
    let judgement = try judge.finish()
    #expect(judgement.verdict == verdict)
    #expect(judgement.verdict.exitCode == code)
  }

  @Test("a frame that is the golden of another is told to be early or late")
  func late() throws {
    let folder = try TemporaryFolder()
    for number in 1...3 { try folder.write(Picture.noise(20, 10, seed: UInt32(number)), to: "0-00000\(number).png") }
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    let result = try judge.judge(Self.frame(2, .noise(20, 10, seed: 3)))
    #expect(result.difference?.diagnoses.first == .otherGolden(FrameName(scanout: 0, number: 3)))
  }

  @Test("goldens may have any name")
  func otherNames() throws {
    let folder = try TemporaryFolder()
    try folder.write(Picture.noise(20, 10), to: "login.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(
      try judge.judge(CandidateFrame(FrameName(file: "shots/login.png"), picture: .noise(20, 10))).verdict == .pass)
    #expect(try judge.finish().verdict == .pass)
  }

  @Test("a frame's golden that a dump stored under an earlier name is found")
  func storedOnce() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("frames")
    try folder.write(Picture.noise(20, 10, seed: 1), to: "frames/0-000001.png")
    try folder.write(Picture.noise(20, 10, seed: 2), to: "frames/0-000002.png")
    try folder.write(Picture.noise(20, 10, seed: 4), to: "frames/0-000004.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    try judge.judge(Self.sealed(1, .noise(20, 10, seed: 1)))
    try judge.judge(Self.sealed(2, .noise(20, 10, seed: 2)))
    let third = try judge.judge(Self.sealed(3, .noise(20, 10, seed: 1)))
    #expect(third.verdict == .pass)
    #expect(third.substitute == FrameName(scanout: 0, number: 1))
    try judge.judge(Self.sealed(4, .noise(20, 10, seed: 4)))
    // A later one cannot have been stored first.
    #expect(try judge.judge(Self.frame(3, .noise(20, 10, seed: 4))).verdict == .missingGolden)
    #expect(try judge.judge(CandidateFrame(FrameName(file: "x"), picture: .noise(20, 10))).verdict == .missingGolden)
  }

  @Test("goldens that name every frame of their run leave no room for another")
  func complete() throws {
    let folder = try TemporaryFolder()
    try folder.write(Picture.noise(20, 10, seed: 1), to: "a.png")
    let names = (1...2).map { FrameName(scanout: 0, number: $0) }
    let goldens = try GoldenSet(path: folder.path, files: [names[0]: "a.png", names[1]: "a.png"])
    let judge = GoldenJudge(goldens)
    for number in 1...2 {
      #expect(try judge.judge(Self.sealed(number, .noise(20, 10, seed: 1))).verdict == .pass)
    }
    #expect(try judge.judge(Self.frame(3, .noise(20, 10, seed: 1))).verdict == .missingGolden)
  }

  @Test(
    "a golden that cannot be read is a failure of input, and the other frames are judged all the same",
    arguments: [
      ("empty", [], "is empty"),
      ("text", Array("hello".utf8), "is not a PNG image"),
      ("signature", Array((try? Picture.noise(20, 10).file().prefix(8)) ?? []), "ends in the middle"),
      (
        "half", (try? Picture.noise(200, 100).fileWithoutHash().dropLast(5000)).map { Array($0) } ?? [],
        "ends in the middle"
      ),
      (
        "huge",
        Array((try? Picture.noise(20, 10).file().prefix(16)) ?? []) + [UInt8](repeating: 0x7F, count: 8)
          + [UInt8](repeating: 0, count: 40), "2139062143x2139062143"
      ),
      (
        "pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8),
        "is a Git LFS pointer, not the picture: run git lfs pull"
      ),
    ] as [(String, [UInt8], String)])
  func unreadable(name: String, bytes: [UInt8], words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "0-000001.png")
    try folder.write(Picture.noise(20, 10), to: "0-000002.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    let first = try judge.judge(Self.frame(1, .noise(20, 10)))
    #expect(first.verdict == .unreadable)
    #expect(first.problem?.contains(words) == true, "\(first.problem ?? "")")
    #expect(first.problem?.contains("0-000001.png") == true)
    #expect(try judge.judge(Self.frame(2, .noise(20, 10))).verdict == .pass)
    #expect(try judge.finish().verdict.exitCode == 74)
  }

  @Test("a golden that is a folder is a failure of input")
  func folderAsGolden() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(try judge.judge(Self.frame(1, .noise(20, 10))).verdict == .unreadable)
  }

  @Test("a frame that cannot be read is a failure of input")
  func unreadableFrame() throws {
    let folder = try TemporaryFolder()
    try folder.write(Picture.noise(20, 10), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    let frame = CandidateFrame(FrameName(scanout: 0, number: 1), hash: nil) { throw Unexpected() }
    #expect(try judge.judge(frame).verdict == .unreadable)
  }

  @Test("a folder of goldens that is not there is named, with what to do")
  func noFolder() throws {
    let error = #expect(throws: GoldenError.self) { try GoldenSet(folder: "/nowhere/Goldens") }
    #expect(error?.description.contains("/nowhere/Goldens cannot be read: No such file or directory") == true)
  }

  @Test("a file is no folder of goldens")
  func fileAsFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "Goldens")
    #expect(throws: GoldenError.self) { try GoldenSet(folder: folder.path + "/Goldens") }
  }

  @Test("judging writes nothing to the goldens")
  func readOnly() throws {
    let folder = try TemporaryFolder()
    try folder.write(Picture.noise(20, 10), to: "0-000001.png")
    let before = try folder.bytes(of: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    try judge.judge(Self.frame(1, .noise(20, 10, seed: 5)))
    try judge.judge(Self.frame(2, .noise(20, 10, seed: 5)))
    _ = try judge.finish()
    #expect(folder.names == ["0-000001.png"])
    #expect(try folder.bytes(of: "0-000001.png") == before)
  }
}

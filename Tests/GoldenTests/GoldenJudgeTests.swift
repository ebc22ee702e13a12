import Display
import Foundation
import Frames
import Golden
import PNG
import ScanoutTesting
import Testing
import Text

@Suite("Judging a run")
struct GoldenJudgeTests {
  private struct Unexpected: Error {}

  /// A frame whose image must not be asked for.
  private static func sealed(_ number: Int, _ image: Image) -> CandidateFrame {
    CandidateFrame(FrameName(scanout: 0, number: number), hash: FrameHash(of: image)) { throw Unexpected() }
  }

  private static func frame(_ number: Int, _ image: Image) -> CandidateFrame {
    CandidateFrame(FrameName(scanout: 0, number: number), image: image)
  }

  @Test("a frame with the golden's hash passes, and neither is decoded")
  func pass() throws {
    let folder = try TemporaryFolder()
    let image = try Image.noise(20, 10)
    try folder.write(image, to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(try judge.judge(Self.sealed(1, image)).verdict == .pass)
    #expect(try judge.finish().verdict == .pass)
  }

  @Test("a golden that does not say which image it is, is decoded")
  func foreign() throws {
    let folder = try TemporaryFolder()
    let image = try Image.noise(20, 10)
    try folder.write(image.fileWithoutHash(), to: "0-000001.png")
    try folder.write(image.fileWithoutHash(), to: "0-000002.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(try judge.judge(Self.sealed(1, image)).verdict == .pass)
    #expect(try judge.judge(Self.frame(2, .noise(20, 10, seed: 2))).verdict == .mismatch)
  }

  @Test("a golden that says the wrong thing about itself is judged by its pixels when they are looked at")
  func lying() throws {
    let folder = try TemporaryFolder()
    let image = try Image.noise(20, 10)
    try folder.write(PNGEncoder().encode(image, hash: FrameHash(of: .plain(1, 1))), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(try judge.judge(Self.frame(1, image)).verdict == .pass)
  }

  @Test("every class of frame has its verdict, and the worst one decides")
  func classes() throws {
    let folder = try TemporaryFolder()
    for number in 1...3 { try folder.write(Image.noise(20, 10, seed: UInt32(number)), to: "0-00000\(number).png") }
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
    for number in 1...2 { try folder.write(Image.noise(20, 10, seed: UInt32(number)), to: "0-00000\(number).png") }
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    for number in numbers { try judge.judge(Self.frame(number, .noise(20, 10, seed: UInt32(number)))) }
    let judgement = try judge.finish()
    #expect(judgement.verdict == verdict)
    #expect(judgement.verdict.exitCode == code)
  }

  @Test("a frame that is the golden of another is told to be early or late")
  func late() throws {
    let folder = try TemporaryFolder()
    for number in 1...3 { try folder.write(Image.noise(20, 10, seed: UInt32(number)), to: "0-00000\(number).png") }
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    let result = try judge.judge(Self.frame(2, .noise(20, 10, seed: 3)))
    #expect(result.difference?.diagnoses.first == .otherGolden(FrameName(scanout: 0, number: 3)))
  }

  @Test("goldens may have any name")
  func otherNames() throws {
    let folder = try TemporaryFolder()
    try folder.write(Image.noise(20, 10), to: "login.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    #expect(
      try judge.judge(CandidateFrame(FrameName(file: "login.png"), image: .noise(20, 10))).verdict == .pass)
    #expect(try judge.finish().verdict == .pass)
  }

  @Test("a frame's golden that a dump stored under an earlier name is found")
  func storedOnce() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("frames")
    try folder.write("{}", to: "manifest.json")
    try folder.write(Image.noise(20, 10, seed: 1), to: "frames/0-000001.png")
    try folder.write(Image.noise(20, 10, seed: 2), to: "frames/0-000002.png")
    try folder.write(Image.noise(20, 10, seed: 4), to: "frames/0-000004.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    try judge.judge(Self.sealed(1, .noise(20, 10, seed: 1)))
    try judge.judge(Self.sealed(2, .noise(20, 10, seed: 2)))
    let third = try judge.judge(Self.sealed(3, .noise(20, 10, seed: 1)))
    #expect(third.verdict == .pass)
    #expect(third.substitute == FrameName(scanout: 0, number: 1))
    try judge.judge(Self.sealed(4, .noise(20, 10, seed: 4)))
    // A later one cannot have been stored first.
    #expect(try judge.judge(Self.frame(3, .noise(20, 10, seed: 4))).verdict == .missingGolden)
    #expect(try judge.judge(CandidateFrame(FrameName(file: "x"), image: .noise(20, 10))).verdict == .missingGolden)
  }

  @Test("goldens that name every frame of their run leave no room for another")
  func complete() throws {
    let folder = try TemporaryFolder()
    try folder.write(Image.noise(20, 10, seed: 1), to: "a.png")
    let names = (1...2).map { FrameName(scanout: 0, number: $0) }
    let goldens = try GoldenSet(
      path: folder.path, images: [names[0]: [GoldenImage(file: "a.png")], names[1]: [GoldenImage(file: "a.png")]])
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
      ("signature", Array((try? Image.noise(20, 10).file().prefix(8)) ?? []), "ends in the middle"),
      (
        "half", (try? Image.noise(200, 100).fileWithoutHash().dropLast(5000)).map { Array($0) } ?? [],
        "ends in the middle"
      ),
      (
        "huge",
        Array((try? Image.noise(20, 10).file().prefix(16)) ?? []) + [UInt8](repeating: 0x7F, count: 8)
          + [UInt8](repeating: 0, count: 40), "2139062143x2139062143"
      ),
      (
        "pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".utf8),
        "is a Git LFS pointer, not the image: run git lfs pull"
      ),
    ] as [(String, [UInt8], String)])
  func unreadable(name: String, bytes: [UInt8], words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "0-000001.png")
    try folder.write(Image.noise(20, 10), to: "0-000002.png")
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
    try folder.write(Image.noise(20, 10), to: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    let frame = CandidateFrame(FrameName(scanout: 0, number: 1), hash: nil) { throw Unexpected() }
    #expect(try judge.judge(frame).verdict == .unreadable)
  }

  @Test("a folder of goldens that is not there is named, with what to do")
  func noFolder() throws {
    let error = #expect(throws: GoldenError.self) { try GoldenSet(folder: "/nowhere/Goldens") }
    #expect(error?.description.contains("/nowhere/Goldens cannot be read: No such file or directory") == true)
  }

  @Test("a file is rejected as a folder of goldens")
  func fileAsFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", to: "Goldens")
    #expect(throws: GoldenError.self) { try GoldenSet(folder: folder.path + "/Goldens") }
  }

  @Test("judging writes nothing to the goldens")
  func readOnly() throws {
    let folder = try TemporaryFolder()
    try folder.write(Image.noise(20, 10), to: "0-000001.png")
    let before = try folder.bytes(of: "0-000001.png")
    let judge = GoldenJudge(try GoldenSet(folder: folder.path))
    try judge.judge(Self.frame(1, .noise(20, 10, seed: 5)))
    try judge.judge(Self.frame(2, .noise(20, 10, seed: 5)))
    _ = try judge.finish()
    #expect(folder.names == ["0-000001.png"])
    #expect(try folder.bytes(of: "0-000001.png") == before)
  }
}

@Suite("Frames that were not compared do not pass")
struct UnexaminedTests {
  /// A frame that a file of `frames` holds.
  static func file(_ name: String, in folder: TemporaryFolder) -> CandidateFrame {
    let path = "\(folder.path)/\(name)"
    return CandidateFrame(FrameName(file: name), hash: try? PNGFile(path: path).hash, path: path) {
      try PNGFile(path: path)
    }
  }

  @Test("a golden that is cut off or damaged and still states its hash does not pass", arguments: [true, false])
  func damagedGolden(isCut: Bool) throws {
    let (goldens, frames) = (try TemporaryFolder(), try TemporaryFolder())
    let image = try Image.noise(20, 10)
    var bytes = image.file()
    if isCut { bytes.removeLast(bytes.count / 2) } else { bytes[bytes.count / 2] ^= 1 }
    try goldens.write(bytes, to: "a.png")
    try frames.write(image, to: "a.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    #expect(try judge.judge(Self.file("a.png", in: frames)).verdict == .unreadable)
    // Also when the frame is in memory, or is cut off in the same way.
    #expect(try judge.judge(CandidateFrame(FrameName(file: "a.png"), image: image)).verdict == .unreadable)
    #expect(try judge.judge(Self.file("a.png", in: goldens)).verdict == .unreadable)
  }

  @Test("a frame that is damaged is unreadable, with or without a golden", arguments: ["a.png", "without.png"])
  func damagedFrame(name: String) throws {
    let (goldens, frames) = (try TemporaryFolder(), try TemporaryFolder())
    let image = try Image.noise(20, 10)
    try goldens.write(image, to: "a.png")
    try frames.write(Array(image.file().dropLast(40)), to: name)
    try frames.write([], to: "empty.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    #expect(try judge.judge(Self.file(name, in: frames)).verdict == .unreadable)
    #expect(try judge.judge(Self.file("empty.png", in: frames)).verdict == .unreadable)
  }

  @Test("two files with the same bytes pass without being decoded, once their chunks were checked")
  func sameBytes() throws {
    let (goldens, frames) = (try TemporaryFolder(), try TemporaryFolder())
    let bytes = try Image.noise(20, 10).fileWithoutHash()
    for folder in [goldens, frames] { try folder.write(bytes, to: "a.png") }
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    #expect(try judge.judge(Self.file("a.png", in: frames)).verdict == .pass)
    for folder in [goldens, frames] { try folder.write(Array(bytes.dropLast(8)), to: "a.png") }
    #expect(try judge.judge(Self.file("a.png", in: frames)).verdict == .unreadable)
  }

  @Test("a golden in a subfolder is one of the set, and must be reached")
  func subfolders() throws {
    let goldens = try TemporaryFolder()
    try goldens.makeFolder("login")
    try goldens.write(Image.noise(20, 10), to: "home.png")
    try goldens.write(Image.noise(20, 10, seed: 2), to: "login/form.png")
    let set = try GoldenSet(folder: goldens.path)
    #expect(set.names.map(\.description) == ["home", "login/form"])
    let judge = GoldenJudge(set)
    try judge.judge(CandidateFrame(FrameName(file: "home.png"), image: .noise(20, 10)))
    #expect(try judge.finish().verdict == .notReached)
    let frame = CandidateFrame(FrameName(file: "login/form.png"), image: try .noise(20, 10, seed: 3))
    #expect(try judge.judge(frame).verdict == .mismatch)
  }

  @Test("a file in a golden's place that is not a golden is unreadable, with or without a frame")
  func obstacles() throws {
    let goldens = try TemporaryFolder()
    try goldens.write("", to: "empty.png")
    try goldens.write("JFIF", to: "photo.jpg")
    try goldens.write("notes", to: "README.md")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    let judgement = try judge.finish()
    #expect(judgement.frames.map(\.name.description) == ["empty", "photo.jpg"])
    #expect(judgement.frames.map(\.verdict) == [.unreadable, .unreadable])
  }

  @Test("a problem of the whole run keeps it from having passed")
  func problems() throws {
    let goldens = try TemporaryFolder()
    try goldens.write(Image.noise(20, 10), to: "a.png")
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    try judge.judge(CandidateFrame(FrameName(file: "a.png"), image: .noise(20, 10)))
    judge.add(problem: "frames are missing")
    let judgement = try judge.finish()
    #expect(judgement.verdict.exitCode == 74)
    #expect(judgement.summary(source: "x") == ["problem: frames are missing", "1 of 1 frame passes; 1 problem"])
  }

  @Test("when everything is decoded, a golden that states another image than it holds is found out")
  func decodesEverything() throws {
    let (goldens, frames) = (try TemporaryFolder(), try TemporaryFolder())
    let (old, new) = (try Image.noise(20, 10), try Image.noise(20, 10, seed: 2))
    // An editor changed the pixels and kept what it did not know.
    try goldens.write(PNGEncoder().encode(new, hash: FrameHash(of: old)), to: "a.png")
    try frames.write(old, to: "a.png")
    let frame = Self.file("a.png", in: frames)
    #expect(try GoldenJudge(GoldenSet(folder: goldens.path)).judge(frame).verdict == .pass)
    let strict = GoldenJudge(try GoldenSet(folder: goldens.path), decodesEverything: true)
    #expect(try strict.judge(frame).verdict == .mismatch)
  }

  @Test("goldens whose names are not UTF-8 belong to the frames with the same names")
  func otherNames() throws {
    let goldens = try TemporaryFolder()
    try goldens.write(Image.noise(20, 10), to: "a.png")
    let name = String(fileName: Array("caf".utf8) + [0xE9] + Array(".png".utf8))
    // Safe: both paths end with a zero, and are only read.
    #expect(unsafe rename("\(goldens.path)/a.png", "\(goldens.path)/\(name)".systemPath) == 0)
    let judge = GoldenJudge(try GoldenSet(folder: goldens.path))
    #expect(try judge.judge(CandidateFrame(FrameName(file: name), image: .noise(20, 10))).verdict == .pass)
    #expect(try judge.finish().verdict == .pass)
  }
}

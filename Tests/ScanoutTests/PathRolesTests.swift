import Foundation
import ScanoutTesting
import Serving
import Testing

@Suite("An output path that is also an input")
struct PathRolesTests {
  private let folder = TemporaryFolder.forSuite()

  private func path(_ argument: String) -> String { argument.replacingOccurrences(of: "@", with: folder.path) }

  /// Two dumps, goldens, a folder of images, and links to all of them.
  private func prepare() throws {
    let files = FileManager.default
    let fixtures = Program.root.appending(path: "Fixtures/demo").path
    for name in ["images", "goldens", "linked", "folders"] {
      try files.createDirectory(atPath: path("@/\(name)"), withIntermediateDirectories: true)
    }
    for name in ["images", "goldens"] {
      for number in 1...2 {
        try files.copyItem(
          atPath: "\(fixtures)/0-00000\(number).png", toPath: path("@/\(name)/0-00000\(number).png"))
      }
    }
    for name in ["run", "other"] {
      #expect(try Program.run(["replay", path("@/images"), "--dump", path("@/\(name)")]).status == 0)
    }
    try files.copyItem(atPath: "\(fixtures)/0-000001.png", toPath: path("@/g.png"))
    try files.copyItem(atPath: "\(fixtures)/0-000002.png", toPath: path("@/a.png"))
    try files.linkItem(atPath: path("@/g.png"), toPath: path("@/hard.png"))
    for (link, target) in [
      ("link", "run"), ("link.png", "g.png"), ("folders/frames", "../other/frames"),
      ("linked/0-000001.png", "../other/frames/0-000001.png"), ("linked/0-000002.png", "../other/frames/0-000002.png"),
    ] {
      try files.createSymbolicLink(atPath: path("@/\(link)"), withDestinationPath: target)
    }
  }

  /// Content of the folder: the bytes of files and the targets of links.
  private func snapshot() throws -> [String: Data] {
    var all: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let file = path("@/\(name)")
      if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: file) {
        all[name] = Data("-> \(target)".utf8)
      } else {
        all[name] = FileManager.default.contents(atPath: file) ?? Data()
      }
    }
    return all
  }

  /// Command lines, each with the two options that its error names.
  private static let refused: [(String, String, String)] = [
    ("replay @/run --dump @/run --overwrite", "--dump", "SOURCE"),
    ("replay @/run --dump @/run/", "--dump", "SOURCE"),
    ("replay @/run --dump @/link --overwrite", "--dump", "SOURCE"),
    ("replay @/link --dump @/run --overwrite", "--dump", "SOURCE"),
    ("replay @/run --dump @/other/../run/. --overwrite", "--dump", "SOURCE"),
    ("replay @/run/frames --dump @/run --overwrite", "--dump", "SOURCE"),
    ("replay @/run --dump @/run/new", "--dump", "SOURCE"),
    ("replay @/run --dump @/run/frames --overwrite", "--dump", "SOURCE"),
    ("replay @/run --dump @ --overwrite", "--dump", "SOURCE"),
    ("replay @/run --dump @/other --overwrite --golden @/other", "--dump", "--golden"),
    ("replay @/run --dump @/other --overwrite --golden @/other/frames", "--dump", "--golden"),
    ("replay @/run --dump @/new --golden @/new", "--dump", "--golden"),
    ("replay @/run --dump @/goldens/new --golden @/goldens", "--dump", "--golden"),
    ("replay @/run --dump @/other --overwrite --golden @/linked", "--dump", "--golden"),
    ("serve --socket-path @/s --dump @/run --golden @/run --overwrite", "--dump", "--golden"),
    ("serve --socket-path @/s --dump @/run --golden @/run/frames --overwrite", "--dump", "--golden"),
    ("serve --socket-path @/s --dump @/link --golden @/run --overwrite", "--dump", "--golden"),
    ("serve --socket-path @/s --dump @/other --golden @/linked --overwrite", "--dump", "--golden"),
    ("serve --socket-path @/s --dump @/other --golden @/folders --overwrite", "--dump", "--golden"),
    ("serve --socket-path @/run/s --dump @/run --overwrite", "--socket-path", "--dump"),
    ("serve --socket-path @/new/s --dump @/new", "--socket-path", "--dump"),
    ("serve --socket-path @/new --dump @/new", "--socket-path", "--dump"),
    ("serve --socket-path @/s --control @/./s --dump @/new", "--control", "--socket-path"),
    ("serve --socket-path @/s --control @/new/c --dump @/new", "--control", "--dump"),
    ("serve --socket-path @/goldens --dump @/new --golden @/goldens", "--socket-path", "--golden"),
    ("serve --socket-path @/s --control @/goldens --dump @/new --golden @/goldens", "--control", "--golden"),
    ("demo --dump @/run --golden @/run", "--dump", "--golden"),
    ("demo --dump @/run --golden @/run/frames", "--dump", "--golden"),
    ("demo --dump @/link --golden @/run/frames", "--dump", "--golden"),
    ("demo --dump @/goldens/new --golden @/goldens", "--dump", "--golden"),
    ("verify @/run --golden @/goldens --results @/run", "--results", "SOURCE"),
    ("verify @/run --golden @/goldens --results @/run/frames", "--results", "SOURCE"),
    ("verify @/run --golden @/goldens --results @/goldens", "--results", "--golden"),
    ("verify @/run --golden @/goldens --results @/goldens/new", "--results", "--golden"),
    ("verify @/run --golden @/linked --results @/other/frames", "--results", "--golden"),
    ("verify @/images --golden @/goldens --results @", "--results", "SOURCE"),
    ("compare @/g.png @/a.png --diff @/g.png", "--diff", "EXPECTED"),
    ("compare @/g.png @/a.png --diff @/a.png", "--diff", "ACTUAL"),
    ("compare @/g.png @/a.png --diff @/link.png", "--diff", "EXPECTED"),
    ("compare @/link.png @/a.png --diff @/g.png", "--diff", "EXPECTED"),
    ("compare @/g.png @/a.png --diff @/hard.png", "--diff", "EXPECTED"),
    ("compare @/g.png @/a.png --diff @/linked/../g.png", "--diff", "EXPECTED"),
  ]

  @Test("is refused before anything is touched, with a sentence that names both")
  func refused() throws {
    try prepare()
    let before = try snapshot()
    for (line, output, input) in Self.refused {
      let outcome = try Program.run(line.split(separator: " ").map { path(String($0)) })
      #expect(outcome.status == 64, "\(line): \(outcome.errors)")
      let sentence = outcome.errors.split(separator: "\n").first.map(String.init) ?? ""
      #expect(sentence.contains("\(output) /tmp") && sentence.contains("\(input) /tmp"), "\(line): \(sentence)")
      #expect(sentence.contains("Nothing was changed"), "\(line): \(sentence)")
      #expect(try snapshot() == before, "\(line)")
    }
  }

  @Test("is refused as well when it is the default folder of results", arguments: ["goldens", "run"])
  func defaultResults(name: String) throws {
    try prepare()
    let before = try snapshot()
    let outcome = try Program.run(
      ["verify", path("@/run"), "--golden", path("@/goldens")], in: path("@/\(name)"))
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("the folder of results scanout-results is inside"), "\(outcome.errors)")
    #expect(outcome.errors.contains("add --results FOLDER"))
    #expect(try snapshot() == before)
  }

  @Test(
    "is not what these are, which go on as before",
    arguments: [
      ("verify @/run --golden @/goldens --results @/results", 0), ("verify @/run --golden @/run", 0),
      ("verify @/run/frames --golden @/other/frames --results @/results", 0), ("verify @/run --golden @/linked", 0),
      ("replay @/run --dump @/other --overwrite --golden @/goldens", 0),
      ("replay @/run --dump @/run2 --golden @/run", 0),
      ("compare @/g.png @/a.png --diff @/new.png", 1), ("compare @/g.png @/hard.png --diff @/linked/new.png", 0),
    ])
  func legitimate(line: String, status: Int) throws {
    try prepare()
    let outcome = try Program.run(line.split(separator: " ").map { path(String($0)) }, in: folder.path)
    #expect(outcome.status == Int32(status), "\(outcome.errors)")
  }

  @Test("a difference replaces that of an earlier run, but no link and no folder")
  func differenceAgain() throws {
    try prepare()
    let line = ["compare", path("@/g.png"), path("@/a.png"), "--diff"]
    for _ in 0..<2 { #expect(try Program.run(line + [path("@/new.png")]).status == 1) }
    let before = try snapshot()
    #expect(before.keys.filter { $0.contains("unfinished") } == [])
    try FileManager.default.createSymbolicLink(atPath: path("@/away.png"), withDestinationPath: "images/0-000001.png")
    for name in ["away.png", "goldens"] {
      let outcome = try Program.run(line + [path("@/\(name)")])
      #expect(outcome.status == 74)
      #expect(outcome.errors.contains("write \(path("@"))/\(name)"), "\(outcome.errors)")
    }
    #expect(try snapshot().filter { $0.key != "away.png" } == before)
  }

  @Test("a difference never replaces a file that is not an image, whether the images differ or not")
  func differenceInPlaceOfNotes() throws {
    try prepare()
    try "my notes".write(toFile: path("@/notes.txt"), atomically: true, encoding: .utf8)
    for name in ["a.png", "hard.png"] {
      let outcome = try Program.run(["compare", path("@/g.png"), path("@/\(name)"), "--diff", path("@/notes.txt")])
      #expect(outcome.status == 74)
      #expect(outcome.errors.contains("is not a PNG file and stays"), "\(outcome.errors)")
    }
    #expect(try String(contentsOfFile: path("@/notes.txt"), encoding: .utf8) == "my notes")
  }
}

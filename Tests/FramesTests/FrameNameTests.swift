import Frames
import Testing

@Suite("Frame names")
struct FrameNameTests {
  @Test(
    "a name is the path of the file, as it is",
    arguments: [
      ("0-000042.png", "0-000042"),
      ("chrome/home.png", "chrome/home"),
      ("0-42.png", "0-42"),
      ("2024-01.png", "2024-01"),
      ("0-000042.cursor.png", "0-000042.cursor"),
      ("Upper.PNG", "Upper.PNG"),
      ("Upper.PNG.png", "Upper.PNG.png"),
      ("a.png.png", "a.png.png"),
      ("login screen.png", "login screen"),
      ("a-000001.png", "a-000001"),
      ("1-2-3.png", "1-2-3"),
      ("-1.png", "-1"),
      ("a\u{600}.png", "a\u{600}"),
      ("0-99999999999999999999.png", "0-99999999999999999999"),
    ])
  func names(file: String, name: String) {
    #expect(FrameName(file: file).description == name)
    #expect(FrameName(file: file).file == file || !file.hasSuffix("png"))
  }

  @Test("only the very names that a dump gives are a dump's")
  func dumpNames() {
    #expect(FrameName(file: "0-000042.png") == FrameName(scanout: 0, number: 42))
    #expect(FrameName(file: "0-42.png") != FrameName(scanout: 0, number: 42))
    #expect(FrameName(file: "1920-1080.png") != FrameName(file: "1920-001080.png"))
    #expect(FrameName(file: "0-000042.PNG") != FrameName(scanout: 0, number: 42))
  }

  @Test("no two files have one name, also when their letters only look the same")
  func different() {
    let files = [
      "2024-1.png", "2024-01.png", "Upper.PNG", "Upper.png", "Upper.PNG.png", "é.png", "e\u{301}.png", "a/b.png",
      "a-b.png",
    ]
    #expect(Set(files.map { FrameName(file: $0) }).count == files.count)
    #expect(files.map { FrameName(file: $0).file.utf8.map(\.self) } == files.map { Array($0.utf8) })
  }

  @Test("frames are ordered by scanout and number, then come images with other names")
  func order() {
    let files = ["b.png", "0-000010.png", "1-000001.png", "0-000009.cursor.png", "0-000009.png", "a.png"]
    #expect(
      files.map { FrameName(file: $0) }.sorted().map(\.description) == [
        "0-000009", "0-000009.cursor", "0-000010", "1-000001", "a", "b",
      ])
  }
}

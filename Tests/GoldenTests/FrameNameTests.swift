import Golden
import Testing

@Suite("Frame names")
struct FrameNameTests {
  @Test(
    "a name is that of the file, and zeros before a number do not count",
    arguments: [
      ("0-000042.png", "0-000042"),
      ("frames/1-000007.png", "1-000007"),
      ("0-42.png", "0-000042"),
      ("0-000042.cursor.png", "0-000042.cursor"),
      ("3-1234567.PNG", "3-1234567"),
      ("/tmp/login screen.png", "login screen"),
      ("a-000001.png", "a-000001"),
      ("1-2-3.png", "1-2-3"),
      ("-1.png", "-1"),
      ("0-99999999999999999999.png", "0-99999999999999999999"),
      ("", ""),
      (".png", ""),
    ])
  func names(file: String, name: String) {
    #expect(FrameName(file: file).description == name)
  }

  @Test("frames are ordered by scanout and number, then come pictures with other names")
  func order() {
    let files = ["b.png", "0-10.png", "1-1.png", "0-9.cursor.png", "0-9.png", "a.png"]
    #expect(
      files.map { FrameName(file: $0) }.sorted().map(\.description) == [
        "0-000009", "0-000009.cursor", "0-000010", "1-000001", "a", "b",
      ])
  }
}

import Testing
import Text

@Suite("The parts of a path")
struct PathPartsTests {
  @Test(
    "lie between its slashes, whatever characters stand beside them",
    arguments: [
      ("a/b", ["a", "b"]), ("/a//b/", ["", "a", "", "b", ""]), ("x/\u{301}y", ["x", "\u{301}y"]),
      ("a\u{600}/b", ["a\u{600}", "b"]), ("", [""]),
    ])
  func parts(_ path: String, _ parts: [String]) {
    #expect(path.pathParts.map(\.fileNameBytes) == parts.map(\.fileNameBytes))
  }
}

import Testing
import Text

@Suite("Plural forms")
struct CountTests {
  @Test(
    "has the noun in the form that the number asks for",
    arguments: [
      (0, "frame", "0 frames"), (1, "frame", "1 frame"), (2, "frame", "2 frames"), (1, "entry", "1 entry"),
      (3, "entry", "3 entries"), (2, "key", "2 keys"), (2, "box", "2 boxes"), (2, "match", "2 matches"),
    ])
  func plural(_ number: Int, _ thing: String, _ text: String) {
    #expect(count(number, thing) == text)
  }
}

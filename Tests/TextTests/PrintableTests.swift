import Testing
import Text

@Suite("Escaping of untrusted text")
struct PrintableTests {
  @Test(
    "has every character escaped that a terminal would act on",
    arguments: [
      ("\u{1b}]0;owned\u{7}", "\\e]0;owned\\u{7}"), ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("\u{9b}31m", "\\u{9b}31m"),
      ("\u{7f}", "\\u{7f}"), ("\u{202e}gnp.a", "\\u{202e}gnp.a"), ("\u{2028}", "\\u{2028}"), ("\u{0}", "\\u{0}"),
    ])
  func escaped(_ text: String, _ shown: String) {
    #expect(text.printable == shown)
  }

  @Test("is left alone where it only says something", arguments: ["home", "Grüße/1.png", "日本", "a b\\c", "🖥", ""])
  func unchanged(_ text: String) {
    #expect(text.printable == text)
  }
}

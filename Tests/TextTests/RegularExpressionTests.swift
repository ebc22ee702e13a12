import Testing
import Text

@Suite("A regular expression")
struct RegularExpressionTests {
  @Test(
    "is found in any bytes",
    arguments: [
      ("login:", Array("debian login: ".utf8), true), ("^login", Array("debian login: ".utf8), false),
      ("[0-9]+ s$", Array("reached in 12 s".utf8), true), ("(a|b)c", Array("xbc".utf8), true),
      ("a.b", [0x61, 0, 0x62], true),
      ("b$", [0x61, 0, 0x62], true), ("é", Array("café".utf8), true), ("x", [0xff, 0xfe, 0x78], true), ("x", [], false),
    ] as [(String, [UInt8], Bool)])
  func matches(pattern: String, text: [UInt8], isFound: Bool) throws {
    #expect(try RegularExpression(pattern).matches(text) == isFound)
  }

  @Test(
    "is nothing that the system refuses, and does not refer back",
    arguments: [
      "", "(", "[", "a{2", "*\u{0}", "a{1,999999}", #"(a)\1"#, #"\\\2"#, String(repeating: "a", count: 1025),
    ])
  func malformed(pattern: String) {
    let error = #expect(throws: RegularExpression.Malformed.self) { try RegularExpression(pattern) }
    #expect(error?.description.isEmpty == false)
  }

  @Test("takes time that grows with the text alone", .timeLimit(.minutes(10)))
  func time() throws {
    let expression = try RegularExpression("^(a|aa)+$")
    #expect(!expression.matches(Array(repeating: 0x61, count: 4000) + [0x62]))
  }
}

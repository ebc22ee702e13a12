import Foundation
import Testing
import Text

@Suite("JSON responses")
struct JSONTests {
  private struct JSONContent: Encodable {
    let frameCount = 3
    let path = "a/b"
  }

  @Test("a response says what it is, and has the members of its content in the same object")
  func response() throws {
    let text = JSONText.encode(JSONResponse("verify", summary: "3 frames pass", JSONContent()))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(Set(object.keys) == ["format", "version", "summary", "frameCount", "path"])
    #expect(object["format"] as? String == "scanout-verify")
    #expect(object["version"] as? Int == 1)
    #expect(object["summary"] as? String == "3 frames pass")
    #expect(text.contains("a/b"))
  }

  @Test("an error has its sentence and the exit code")
  func error() {
    #expect(
      JSONText.encode(JSONError.response("it is gone", exitCode: 74)) == """
        {
          "exitCode" : 74,
          "format" : "scanout-error",
          "summary" : "it is gone",
          "version" : 1
        }
        """)
  }
}

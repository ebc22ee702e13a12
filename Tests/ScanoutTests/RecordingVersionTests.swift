import Foundation
import Testing

@Suite("scanout and recordings of an earlier version")
struct RecordingVersionTests {
  static let dumps = [
    "flush-without", "flush-with", "flush-both", "vsync-without", "vsync-with", "vsync-both", "unfinished",
  ].flatMap { ["version-1/\($0)", "version-2/\($0)"] }

  private func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().path(percentEncoded: false)
      + "/../../Fixtures/dumps/\(name)"
  }

  @Test("inspect decodes every frame of them", arguments: dumps)
  func inspect(name: String) throws {
    let outcome = try Program.run(["inspect", path(name), "--json", "--check"])
    // A recording that did not finish is a problem by itself.
    #expect(outcome.status == (name.hasSuffix("unfinished") ? 74 : 0))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["lostFrames"] as? [String] == [])
    #expect((object["problems"] as? [String])?.count == (name.hasSuffix("unfinished") ? 1 : 0))
    let frames = try #require(object["frames"] as? [[String: Any]])
    #expect(frames.count == object["frameCount"] as? Int)
    #expect(frames.contains { $0["cursorFile"] != nil } == name.hasSuffix("both"))
  }

  @Test("verify passes them against themselves", arguments: dumps)
  func verify(name: String) throws {
    let outcome = try Program.run(["verify", path(name), "--golden", path(name), "--allow-unfinished"])
    #expect(outcome.status == 0, "\(outcome.output)")
  }
}

import Display
import Foundation
import FrameDump
import Testing

@Suite("a replay")
struct ReplayTests {
  @Test("into a dump gives the same bytes", arguments: CursorMode.allCases, FrameMode.allCases)
  func sameBytes(cursor: CursorMode, frames: FrameMode) throws {
    let folder = try TemporaryFolder()
    let provenance = Provenance(producer: "tests 1", source: "scene", renderer: "2d")
    var scene = try Scene(
      FrameDumpSink(
        path: folder("first"), options: FrameDumpOptions(cursor: cursor, frames: frames, provenance: provenance)))
    try scene.play()

    let source = try ReplaySource.open(folder("first"))
    #expect(source.recording.problems == [])
    let again = try FrameDumpSink(path: folder("again"), options: source.recording.options)
    try source.play(into: again)
    try again.finish()

    let (first, second) = try (folder.files(in: "first"), folder.files(in: "again"))
    #expect(first.keys.sorted() == second.keys.sorted())
    for (name, bytes) in first where second[name] != bytes {
      Issue.record(
        "\(name) differs:\n\(String(decoding: bytes, as: UTF8.self))\n\(String(decoding: second[name] ?? Data(), as: UTF8.self))"
      )
    }
  }
}

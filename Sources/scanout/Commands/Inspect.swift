import ArgumentParser
import FrameDump
import FoundationEssentials

/// Say what is in a recording.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is in a frame dump or a folder of PNG files.",
    discussion: """
      Scanouts, sizes, frames, damage, timing, and what is wrong with the folder, \
      if anything.

        scanout inspect frames/
        scanout inspect frames/ --all
        scanout inspect frames/ --json | jq .scanouts
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @Flag(help: "List every frame.")
  var all = false

  @Flag(help: "Answer as JSON.")
  var json = false

  func run() throws {
    try ExitStatus.reporting {
      let description = RecordingDescription(try Recording.open(source), listsFrames: all || json)
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Console.answer(String(decoding: try encoder.encode(description), as: UTF8.self))
      } else {
        Console.answer(description.text)
      }
    }
  }
}

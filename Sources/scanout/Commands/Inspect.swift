import ArgumentParser
import FrameDump
import Text

/// Say what is in a recording.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is in a frame dump or a folder of PNG files.",
    discussion: """
      Scanouts, sizes, frames, damage, timing, and what is wrong with the folder, \
      if anything. Without --check, the first bytes of each file are read, and \
      which image it holds is what the file states.

        scanout inspect frames/
        scanout inspect frames/ --all
        scanout inspect frames/ --check
        scanout inspect frames/ --json | jq .scanouts

      Exit codes: 74 the folder cannot be read, or --check found something wrong; \
      0 otherwise.
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @Flag(help: "List every frame.")
  var all = false

  @Flag(help: "Decode every frame, and compare it with the hash that its file states.")
  var check = false

  @Flag(help: "Answer as JSON.")
  var json = false

  func run() throws {
    var isSound = true
    try ExitStatus.reporting(json: json) {
      let recording = try Recording.open(source)
      let check = check ? try RecordingCheck(recording) : nil
      let description = try RecordingDescription(recording, check, listsFrames: all || json)
      if json {
        Console.answer(JSONText.encode(JSONResponse("inspect", summary: description.summary, description)))
      } else {
        Console.answer(description.text)
      }
      isSound = check == nil || description.problems.isEmpty
    }
    if !isSound { throw ExitStatus.inputOutput }
  }
}

import ArgumentParser
import FrameDump
import Serving
import Text

/// The command `scanout inspect`: describes a recording.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describe a frame dump or a folder of PNG files.",
    discussion: """
      Prints scanouts, sizes, frames, damage, timing, and every problem of the \
      folder. Without --check, only the first bytes of each file are read, and the \
      hash that the file states is believed.

        scanout inspect frames/
        scanout inspect frames/ --all
        scanout inspect frames/ --check
        scanout inspect frames/ --json | jq .scanouts

      Exit codes: 74 the folder cannot be read, or --check found a problem; \
      0 otherwise.
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @Flag(help: "Every frame in the list.")
  var all = false

  @Flag(help: "Full check: every frame is decoded and compared with the hash that its file states.")
  var check = false

  @Flag(help: "JSON response, to standard output.")
  var json = false

  func run() throws {
    var isSound = true
    try ExitStatus.reporting(json: json) {
      let recording = try Recording.open(source)
      let progress = ProgressBar("checking")
      let check = check ? try RecordingCheck(recording) { progress.show($0, of: $1) } : nil
      let description = try RecordingDescription(recording, check, listsFrames: all || json)
      if json {
        Console.print(JSONText.encode(JSONResponse("inspect", summary: description.summary, description)))
      } else {
        Console.print(description.text)
      }
      isSound = check == nil || description.problems.isEmpty
    }
    if !isSound { throw ExitStatus.inputOutput }
  }
}

import ArgumentParser
import Golden
import Serving

/// Judge frames against goldens.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge the frames of a dump, or of a folder of PNG files, against goldens.",
    discussion: """
      A golden is the approved image of the frame that has its name; the \
      comparison is exact: every sample, alpha where a file has it, 16 bits where \
      a file has them. Images in subfolders belong to the set: chrome/home.png is \
      the golden of chrome/home.png. Images of what does not pass, and result.json, \
      go to a folder of results, where those of an earlier run are removed first; \
      goldens are never written. The first goldens are the frames of a run that \
      looks right:

        cp frames/frames/*.png Goldens/
        scanout verify frames/ --golden Goldens/

      Whatever was not looked at is no pass: files that cannot be read, frames that \
      a dump has lost, a recording that did not finish.

      \(ExitStatus.verdicts)
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @Option(help: ArgumentHelp("The goldens: a folder of PNG files, or another dump.", valueName: "folder"))
  var golden: String

  @Option(
    help: ArgumentHelp(
      "Where images of what does not pass go. (default: \(Judging.defaultResults), when there is something to put there)",
      valueName: "folder"))
  var results: String?

  @Option(
    help: ArgumentHelp(
      "The test's own subfolder of the results: tests that share the folder leave each other's alone.",
      valueName: "name"))
  var test: String?

  @Flag(help: "Judge the frames of a recording that did not finish; without it, such a run is no pass.")
  var allowUnfinished = false

  @Flag(help: "Decode every frame and golden, and believe no file that states which image it holds.")
  var check = false

  @Flag(help: "List every frame that does not pass, not only the first ten.")
  var all = false

  @Flag(help: "Answer as JSON.")
  var json = false

  func validate() throws {
    do throws(GoldenError) {
      if let test { try ResultFolder.check(test: test) }
    } catch {
      throw ValidationError("\(error).")
    }
    var roles = PathRoles()
    roles.note("SOURCE", source, .input)
    roles.note("--golden", golden, .input)
    roles.note("--results", results, .outputFolder)
    if results == nil { roles.noteDefaultResults(Judging.defaultResults, remedy: "add --results FOLDER") }
    try roles.validate()
  }

  func run() throws {
    try Judging(
      source: source, goldens: golden, results: results, test: test, allowsUnfinished: allowUnfinished,
      decodesEverything: check, listsAll: all, json: json
    ).run()
  }
}

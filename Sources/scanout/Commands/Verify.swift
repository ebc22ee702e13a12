import ArgumentParser
import Golden
import Serving

/// The command `scanout verify`: compares frames with goldens.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare the frames of a dump, or of a folder of PNG files, with goldens.",
    discussion: """
      A golden is the approved image of the frame that has its name. The \
      comparison is exact: every sample, alpha where a file has it, 16 bits where \
      a file has them. Images in subfolders belong to the set: chrome/home.png is \
      the golden of chrome/home.png. Images of frames that do not pass, and \
      result.json, are written to a folder of results, where those of an earlier run \
      are removed first. Goldens are never written. The first goldens are the frames \
      of a run that looks right:

        cp frames/frames/*.png Goldens/
        scanout verify frames/ --golden Goldens/

      A desktop fades in by the clock, so that the number of its frames differs from \
      boot to boot. --frame selects frames by what happened, and gives them names; \
      the others are counted, and not judged:

        scanout export frames/ --frame desktop=settled:500ms --to Goldens/
        scanout verify frames/ --golden Goldens/ --frame desktop=settled:500ms

      \(SelectionOptions.selectors)

      What was not compared does not pass: files that cannot be read, frames that a \
      dump has lost, a recording that did not finish.

      \(ExitStatus.verdicts)
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @Option(help: ArgumentHelp("Goldens: a folder of PNG files, or another dump.", valueName: "folder"))
  var golden: String

  @OptionGroup
  var selection: SelectionOptions

  @Option(
    help: ArgumentHelp(
      "Folder for result.json and images of frames that fail. (default: \(VerifyRun.defaultResults), if a frame fails)",
      valueName: "folder"))
  var results: String?

  @Option(
    help: ArgumentHelp(
      "Name of the test: its results have a subfolder of their own, which other tests leave alone.",
      valueName: "name"))
  var test: String?

  @Flag(help: "Unfinished recordings may pass. Without it, a recording that did not finish does not pass.")
  var allowUnfinished = false

  @Flag(help: "Full check: every frame and golden is decoded, and no hash that a file states is believed.")
  var check = false

  @Flag(help: "Every frame that does not pass in the list, not only the first ten.")
  var all = false

  @Flag(help: "JSON response, to standard output.")
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
    if results == nil { roles.noteDefaultResults(VerifyRun.defaultResults, remedy: "add --results FOLDER") }
    try roles.validate()
  }

  func run() throws {
    var configuration = VerifyConfiguration(source: source, goldens: golden)
    configuration.selections = selection.frames
    (configuration.results, configuration.test) = (results, test)
    (configuration.allowsUnfinished, configuration.decodesEverything) = (allowUnfinished, check)
    try VerifyRun.complete(configuration, listsAll: all, json: json)
  }
}

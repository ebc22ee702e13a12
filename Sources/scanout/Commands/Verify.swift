import ArgumentParser

/// Judge frames against goldens.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge the frames of a dump, or of a folder of PNG files, against goldens.",
    discussion: """
      A golden is the approved picture of the frame that has its name; the \
      comparison is exact. Pictures of what does not pass, and result.json, go to \
      a folder of results; goldens are never written. The first goldens are the \
      frames of a run that looks right:

        cp frames/frames/*.png Goldens/
        scanout verify frames/ --golden Goldens/

      Exit codes: 0 all pass, 1 a frame differs, 2 a frame has no golden, 5 the \
      frame of a golden did not come, 74 something cannot be read.
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @Option(help: ArgumentHelp("The goldens: a folder of PNG files, or another dump.", valueName: "folder"))
  var golden: String

  @Option(
    help: ArgumentHelp(
      "Where pictures of what does not pass go. (default: \(Judging.defaultResults), when there is something to put there)",
      valueName: "folder"))
  var results: String?

  @Flag(help: "Answer as JSON.")
  var json = false

  func validate() throws {
    var roles = PathRoles()
    roles.note("SOURCE", source, .input)
    roles.note("--golden", golden, .input)
    roles.note("--results", results, .outputFolder)
    if results == nil { roles.noteDefaultResults(remedy: "add --results FOLDER") }
    try roles.check()
  }

  func run() throws {
    try Judging(source: source, goldens: golden, results: results, json: json).run()
  }
}

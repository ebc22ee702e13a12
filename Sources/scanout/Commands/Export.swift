import ArgumentParser
import Frames
import Serving
import Text

/// The command `scanout export`: selected frames of a recording as PNG files.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write selected frames of a recording as PNG files with names of their own.",
    discussion: """
      This is how goldens of a desktop are made: --frame selects a frame by what \
      happened, and names its file.

        scanout export frames/ --frame desktop=last --to Goldens/
        scanout export frames/ --frame boot=first --frame login=label:login: --to Goldens/

      The files have the bytes of the recording's. When a selector selects nothing, \
      none is written. A file that is there already is kept, unless --overwrite \
      replaces it.

      \(SelectionOptions.selectors)

      Exit codes: 74 something cannot be read or written, 5 a selector selects no \
      frame, 0 otherwise. 64: the command line is wrong, and nothing was done.
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @OptionGroup
  var selection: SelectionOptions

  @Option(help: ArgumentHelp("Folder for the files; it is made if it does not exist.", valueName: "folder"))
  var to: String

  @Flag(help: "Files with other images are replaced.")
  var overwrite = false

  @Flag(help: "JSON response, to standard output.")
  var json = false

  func validate() throws {
    guard !selection.frames.isEmpty else {
      throw ValidationError("Nothing is selected: add --frame NAME=SELECTOR, for example --frame desktop=last.")
    }
    var roles = PathRoles()
    roles.note("SOURCE", source, .input)
    roles.note("--to", to, .outputFolder)
    try roles.validate()
  }

  func run() throws {
    var isReached = true
    try ExitStatus.reporting(json: json) {
      let run = try ExportRun(source: source, selections: selection.frames, to: to, overwrites: overwrite)
      isReached = run.notReached.isEmpty
      for problem in run.problems { Console.note("warning: \(problem)") }
      if json {
        Console.print(JSONText.encode(JSONResponse("export", summary: summary(of: run), Report(folder: to, run))))
      } else {
        lines(of: run).forEach(Console.print)
      }
    }
    if !isReached { throw ExitStatus.notReached }
  }

  private func summary(of run: ExportRun) -> String {
    run.notReached.isEmpty
      ? "\(count(run.frames.count, "frame")) in \(to.printable)"
      : "nothing was written: \(count(run.notReached.count, "selector")) selected no frame"
  }

  private func lines(of run: ExportRun) -> [String] {
    run.frames.map { frame in
      "\(to.path(to: frame.file).printable): frame \(frame.recordedFrame.description.printable)"
        + (frame.isNew ? "" : ", which was there already")
        + (frame.isBlack ? "; every pixel is black: the guest may not have started yet" : "")
    }
      + run.notReached.map { selection in
        "\(selection.name.description.printable): \(selection.selector.description.printable) selects no frame: "
          + selection.problem.printable
      } + (run.notReached.isEmpty ? [] : [summary(of: run)])
  }

  /// Members of the JSON response.
  private struct Report: Encodable {
    let folder: String
    let frames: [ExportRun.ExportedFrame]
    let notReached: [ExportRun.NotReached]
    let problems: [String]

    init(folder: String, _ run: ExportRun) {
      self.folder = folder
      frames = run.frames
      notReached = run.notReached
      problems = run.problems
    }
  }
}

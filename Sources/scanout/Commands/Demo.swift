import ArgumentParser
import Logging
import Serving
import Text

/// The command `scanout demo`: an embedded guest draws a scene.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let an embedded guest draw a scene; no virtual machine needed.",
    discussion: """
      The guest drives the real device through real virtqueues: two scanouts of \
      different size, damage in parts of the image, all eight pixel formats, a \
      cursor with soft edges, and a resize in the middle. The frames are shown in \
      windows when there is a display, and always written to a folder. They are the \
      same bytes each time.

        scanout demo
        scanout demo --dump frames/ --golden Fixtures/demo
      """)

  @Option(
    help: ArgumentHelp("Folder for the frames; those of an earlier demo are replaced.", valueName: "folder"))
  var dump = "scanout-demo"

  @Option(help: ArgumentHelp("Folder of goldens to compare the frames with.", valueName: "folder"))
  var golden: String?

  @Flag(inversion: .prefixedNo, help: "Windows. (default: when there is a display)")
  var window: Bool?

  @Flag(help: "Windows stay open at the end, until they are closed.")
  var keepOpen = false

  func validate() throws {
    try roles.validate()
  }

  /// Roles of the paths on the command line.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("--golden", golden, .input)
    roles.note("--dump", dump, .outputFolder)
    if golden != nil { roles.noteDefaultResults(VerifyRun.defaultResults, remedy: "start scanout in another folder") }
    return roles
  }

  func run() throws {
    Console.startQueue(catchingLibraries: 100)
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: .notice) }
    let sinks = try SinkOptions.parse(["--dump=\(dump)"] + (golden.map { ["--golden=\($0)"] } ?? []))
    try VerifyRun.begin(sinks)
    try ExitStatus.reporting { try draw(log) }
    try VerifyRun.complete(sinks)
    let folder = dump.hasSuffix("/") ? dump : dump + "/"
    Console.print(
      """
      The frames are in \(folder.printable)frames/. Try next:
        \(Self.suggestions(for: folder, isUnattended: ProcessEnvironment.isUnattended).joined(separator: "\n  "))
      """)
  }

  /// Commands to try next, which work in this environment: without windows where no user would see them.
  static func suggestions(for folder: String, isUnattended: Bool) -> [String] {
    let folder = folder.shellQuoted
    return isUnattended
      ? [
        "scanout inspect \(folder)", "scanout serve --socket-path gpu.sock --dump frames/",
      ]
      : [
        "scanout inspect \(folder)", "scanout replay \(folder) --window",
        "scanout serve --socket-path gpu.sock --window",
      ]
  }

  private func draw(_ log: Logger) throws {
    let run = try DemoRun(
      dump: dump, keeping: roles.inputs, showsWindows: window, keepsWindowsOpen: keepOpen,
      producer: "scanout \(ScanoutCommand.version)", log: log)
    let progress = ProgressBar("drawing")
    run.onStep = { progress.show($0, of: $1) }
    let report = try run.complete()
    progress.clear()
    guard let dump = report.dump else { return }
    Console.print(
      "The guest drew \(count(dump.frames, "frame")) on \(count(dump.frameCounts.count, "scanout")).")
  }
}

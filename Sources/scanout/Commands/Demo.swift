import ArgumentParser
import Display
import FrameDump
import Frames
import GuestDriver
import LinuxIO
import Logging
import SDLDisplay
import Serving
import Text
import VirtioGPU

/// An embedded guest draws a scene.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let an embedded guest draw a scene; no virtual machine needed.",
    discussion: """
      The guest drives the real device through real virtqueues: two scanouts of \
      different size, damage in parts of the picture, all eight pixel formats, a \
      pointer with soft edges, a resize in the middle. The frames go to windows \
      when there is a display, and always to a folder; they are the same bytes \
      each time.

        scanout demo
        scanout demo --dump frames/ --golden Fixtures/demo
      """)

  @Option(
    help: ArgumentHelp("Write the frames into this folder, replacing those of another demo.", valueName: "folder"))
  var dump = "scanout-demo"

  @Option(help: ArgumentHelp("Judge the frames against the PNG files in this folder.", valueName: "folder"))
  var golden: String?

  @Flag(inversion: .prefixedNo, help: "Show windows. (default: when there is a display)")
  var window: Bool?

  @Flag(help: "Leave the windows open at the end.")
  var keepOpen = false

  func validate() throws {
    try roles.validate()
  }

  /// What happens at which path.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("--golden", golden, .input)
    roles.note("--dump", dump, .outputFolder)
    if golden != nil { roles.noteDefaultResults(Judging.defaultResults, remedy: "start scanout in another folder") }
    return roles
  }

  func run() throws {
    Console.startQueue(catchingLibraries: 100)
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: .notice) }
    var sinks = SinkOptions()
    sinks.dump = dump
    sinks.golden = golden
    try Judging.begin(sinks)
    try ExitStatus.reporting { try draw(log) }
    try Judging.judge(sinks)
    let folder = dump.hasSuffix("/") ? dump : dump + "/"
    Console.answer(
      """
      The frames are in \(folder.printable)frames/. What to try next:
        \(Self.suggestions(for: folder, isUnattended: Environment.isUnattended).joined(separator: "\n  "))
      """)
  }

  /// Commands to go on with, which work where the program runs: no windows where nobody would see them.
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
      producer: "scanout \(Scanout.version)", log: log)
    let progress = ProgressBar("drawing")
    run.onStep = { progress.show($0, of: $1) }
    let report = try run.complete()
    progress.clear()
    guard let dump = report.dump else { return }
    Console.answer(
      "The guest drew \(count(dump.frames, "frame")) on \(count(dump.frameCounts.count, "scanout")).")
  }
}

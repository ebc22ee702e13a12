import ArgumentParser
import FrameDump
import Frames
import Logging
import Serving
import Text

/// The command `scanout replay`: plays a recording.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Play a frame dump or a folder of PNG files.",
    discussion: """
      Windows and dumps get the recorded events with the recorded times of the \
      device's clock. A replay into --dump has the same bytes as its source, file by \
      file.

        scanout replay frames/ --window
        scanout replay frames/ --window --rate 0.5 --from 0-100 --to 0-160
        scanout replay screenshots/ --window --image-rate 2
        scanout replay frames/ --dump again/

      \(ExitStatus.verdicts)
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @OptionGroup(title: "Where frames go")
  var sinks: SinkOptions

  @Option(help: "Speed: real, max, or a factor such as 0.5. (default: max with --dump, else real)")
  var rate: ReplayRate?

  @Option(
    help: ArgumentHelp(
      "Frames a second of a folder of PNG files, which has no times, 0.001 to 10000.", valueName: "number"))
  var imageRate = 60.0

  /// The option's name before it became `--image-rate`.
  @Option(help: .hidden)
  var pictureRate: Double?

  @Option(
    help: ArgumentHelp(
      "First frame, by the name of its file: 0-42, or 42 on the first scanout. (default: the first one)",
      valueName: "frame"))
  var from: FramePosition?

  @Option(help: ArgumentHelp("Last frame, named in the same way. (default: the last one)", valueName: "frame"))
  var to: FramePosition?

  @Flag(help: "Step by step: each frame waits for Enter.")
  var step = false

  @Flag(help: "Windows close at the end. (default: they stay until they are closed)")
  var closeAtEnd = false

  private var framesPerSecond: Double { pictureRate ?? imageRate }

  func validate() throws {
    guard framesPerSecond.isFinite, (0.001...10_000).contains(framesPerSecond) else {
      throw ValidationError(
        "Invalid --image-rate \(framesPerSecond): must be a number of frames a second from 0.001 to 10000.")
    }
    try roles.validate()
  }

  /// Roles of the paths on the command line.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("SOURCE", source, .input)
    sinks.note(in: &roles)
    return roles
  }

  func run() throws {
    Console.startQueue(catchingLibraries: 100)
    try VerifyRun.begin(sinks)
    try ExitStatus.reporting { try play() }
    try VerifyRun.complete(sinks)
  }

  private func play() throws {
    var configuration = ReplayRun.ReplayConfiguration(source: source, sinks: sinks.configuration(keeping: roles.inputs))
    configuration.imageRate = framesPerSecond
    (configuration.rate, configuration.from, configuration.to) = (rate, from, to)
    configuration.closesAtEnd = closeAtEnd
    let run = try ReplayRun(configuration, log: Logger(label: "scanout") { _ in ConsoleLog(logLevel: .info) })
    let recording = run.recording
    for problem in recording.problems { Console.note("warning: \(problem)") }
    if !recording.isFinished { Console.note("warning: the recording did not finish; its finished frames are played") }
    let progress = ProgressBar("playing")
    run.onFrame = { frame, done in
      progress.show(done, of: recording.frameCount)
      guard step else { return true }
      Console.note("frame \(frame.file), \(frame.size), press Enter for the next")
      return readLine() != nil
    }
    let report = try run.complete()
    progress.clear()
    Console.note("played \(count(report.played ?? 0, "frame"))")
  }
}

extension ReplayRate: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(argument)
  }
}

extension FramePosition: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(argument)
  }
}

import ArgumentParser
import Display
import FrameDump
import Frames
import Logging
import SDLDisplay
import Serving
import Text

/// Play recorded frames again.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Play a frame dump, or a folder of PNG files, again.",
    discussion: """
      The sinks hear the recorded events at the recorded times of the device's \
      clock; a replay into --dump has the same bytes as its source, file by file.

        scanout replay frames/ --window
        scanout replay frames/ --window --rate 0.5 --from 0-100 --to 0-160
        scanout replay screenshots/ --window --picture-rate 2
        scanout replay frames/ --dump again/

      \(ExitStatus.verdicts)
      """)

  @Argument(help: ArgumentHelp("A frame dump, or a folder of PNG files.", valueName: "source"))
  var source: String

  @OptionGroup(title: "Where frames go")
  var sinks: SinkOptions

  @Option(help: "How fast: real, max, or a factor. (default: real with a window, else max)")
  var rate: ReplayRate?

  @Option(
    help: ArgumentHelp("Frames a second of a folder of PNG files, which have no times.", valueName: "number"))
  var pictureRate = 60.0

  @Option(
    help: ArgumentHelp("The first frame, as its file is named: 0-42, or 42 on the first scanout.", valueName: "frame"))
  var from: FramePosition?

  @Option(help: ArgumentHelp("The last frame.", valueName: "frame"))
  var to: FramePosition?

  @Flag(help: "Wait for Enter after each frame.")
  var step = false

  @Flag(help: "Close the windows at the end. (default: they stay until closed)")
  var closeAtEnd = false

  func validate() throws {
    guard pictureRate.isFinite, (0.001...10_000).contains(pictureRate) else {
      throw ValidationError("--picture-rate is a number of frames a second, from 0.001 to 10000.")
    }
    try roles.validate()
  }

  /// What happens at which path.
  private var roles: PathRoles {
    var roles = PathRoles()
    roles.note("SOURCE", source, .input)
    sinks.note(in: &roles)
    return roles
  }

  func run() throws {
    Console.startQueue(catchingLibraries: 100)
    try Judging.begin(sinks)
    try ExitStatus.reporting { try play() }
    try Judging.judge(sinks)
  }

  private func play() throws {
    var configuration = ReplayRun.Configuration(source: source, sinks: sinks.configuration(keeping: roles.inputs))
    configuration.imageRate = pictureRate
    (configuration.rate, configuration.from, configuration.to) = (rate, from, to)
    configuration.closesAtEnd = closeAtEnd
    let run = try ReplayRun(configuration, log: Logger(label: "scanout") { _ in ConsoleLog(logLevel: .info) })
    let recording = run.recording
    for problem in recording.problems { Console.say("warning: \(problem)") }
    if !recording.isFinished { Console.say("warning: the recording did not finish; its finished frames are played") }
    let progress = ProgressBar("playing")
    run.onFrame = { frame, done in
      progress.show(done, of: recording.frameCount)
      guard step else { return true }
      Console.say("frame \(frame.file), \(frame.size), Enter goes on")
      return readLine() != nil
    }
    let report = try run.complete()
    progress.clear()
    Console.say("played \(count(report.played ?? 0, "frame"))")
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

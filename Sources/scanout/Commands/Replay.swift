import ArgumentParser
import Display
import FrameDump
import Frames
import Logging
import SDLDisplay
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
    try roles.check()
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
    let recording = try Recording.open(source, imageRate: pictureRate)
    let replay = try ReplaySource(recording)
    for problem in recording.problems { Console.say("warning: \(problem)") }
    if !recording.isFinished { Console.say("warning: the recording did not finish; its finished frames are played") }
    let log = Logger(label: "scanout") { _ in ConsoleLog(logLevel: .info) }
    let presentation = try Presentation(
      name: source, window: sinks.window, hasOtherSinks: sinks.dump != nil,
      recording: sinks.dump, whenFinished: closeAtEnd ? .close : .stayOpen, log: log)
    let dump = try sinks.makeDump(
      recording.properties.provenance, cursor: recording.properties.cursor, frames: recording.properties.frames,
      isInterrupted: recording.options.isInterrupted,
      keeping: roles.inputs, whenFull: .end, log: log)
    let progress = ProgressBar("playing")
    var done = 0
    let options = ReplayOptions(rate: rate ?? (sinks.dump == nil ? .real : .max), from: from, to: to) { frame in
      done += 1
      progress.show(done, of: recording.frameCount)
      guard step else { return true }
      Console.say("frame \(frame.file), \(frame.size), Enter goes on")
      return readLine() != nil
    }
    let mayEndEarly = dump == nil
    try presentation.run(dump) { sink, audience in
      if mayEndEarly { audience.whenGone { replay.cancel() } }
      try replay.play(into: sink, options)
    }
    progress.clear()
    Console.say("played \(count(done, "frame"))")
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

internal import Display
public import FrameDump
public import Frames
internal import LinuxIO
public import Logging
internal import SDLDisplay

/// Plays a recording into windows and dumps.
public final class ReplayRun: Run {
  /// What is played, and where its frames go.
  public struct Configuration: Sendable {
    /// The recording, as the user named it.
    public var source: String
    /// Where the frames go.
    public var sinks: SinkConfiguration
    /// Frames a second of a folder of images, which has no times.
    public var imageRate = 60.0
    /// How fast; nil: at the recorded times with a window alone, else as fast as possible.
    public var rate: ReplayRate?
    /// The first frame; nil: from the beginning.
    public var from: FramePosition?
    /// The last frame; nil: to the end.
    public var to: FramePosition?
    /// True: the windows close at the end.
    public var closesAtEnd = false

    /// A replay of everything.
    public init(source: String, sinks: SinkConfiguration) {
      self.source = source
      self.sinks = sinks
    }
  }

  /// The recording that is played.
  public let recording: Recording

  /// Called on the source's thread after each frame with how many there were; false ends the replay.
  public var onFrame: (RecordedFrame, _ done: Int) throws -> Bool = { _, _ in true }

  private let configuration: Configuration
  private let replay: ReplaySource
  private let presentation: Presentation
  private let dump: FrameDumpSink?
  private var played = 0

  /// Opens the recording, the display and the dump.
  public init(_ configuration: Configuration, log: Logger) throws {
    self.configuration = configuration
    let sinks = configuration.sinks
    recording = try Recording.open(configuration.source, imageRate: configuration.imageRate)
    replay = try ReplaySource(recording)
    presentation = try Presentation(
      name: configuration.source, showsWindows: sinks.showsWindows, hasOtherSinks: sinks.dump != nil,
      recording: sinks.dump?.folder, whenFinished: configuration.closesAtEnd ? .close : .stayOpen, log: log)
    var options = recording.options
    options.whenFull = .end
    dump = try sinks.dump?.open(options, keeping: sinks.inputs) { [folder = sinks.dump?.folder ?? ""] end in
      log.warning("the recording in \(folder) ends early: \(end); what is shown from now on is not recorded")
    }
  }

  public func run() throws {
    let options = ReplayOptions(
      rate: configuration.rate ?? (dump == nil ? .real : .max), from: configuration.from, to: configuration.to
    ) { [self] frame in
      played += 1
      return try onFrame(frame, played)
    }
    let mayEndEarly = dump == nil
    try presentation.run(dump) { [replay] display, audience in
      if mayEndEarly { audience.whenGone { replay.cancel() } }
      try replay.play(into: display, options)
    }
  }

  public func report() -> RunReport {
    RunReport(dump, in: configuration.sinks.dump?.folder, played: played)
  }
}

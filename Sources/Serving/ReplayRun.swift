internal import Display
public import FrameDump
public import Frames
internal import LinuxIO
public import Logging
internal import SDLDisplay

/// Run of a recording that is played into windows and a dump.
public final class ReplayRun: Run {
  /// Configuration of a replay.
  public struct ReplayConfiguration: Sendable {
    /// The recording, as the user named it.
    public var source: String
    /// Windows and dump of the frames.
    public var sinks: SinkConfiguration
    /// Frames a second for a folder of images, which has no times.
    public var imageRate = 60.0
    /// Speed; nil: the recorded times without a dump, and as fast as possible with one.
    public var rate: ReplayRate?
    /// The first frame; nil: from the beginning.
    public var from: FramePosition?
    /// The last frame; nil: to the end.
    public var to: FramePosition?
    /// True: the windows close at the end.
    public var closesAtEnd = false

    /// Makes the configuration of a replay of all frames.
    public init(source: String, sinks: SinkConfiguration) {
      self.source = source
      self.sinks = sinks
    }
  }

  /// The recording that is played.
  public let recording: Recording

  /// Called on the source's thread after each frame with the number of frames so far; false ends the replay.
  public var onFrame: (RecordedFrame, _ done: Int) throws -> Bool = { _, _ in true }

  private let configuration: ReplayConfiguration
  private let replay: ReplaySource
  private let presentation: Presentation
  private let dump: FrameDumpSink?
  private var played = 0

  /// Opens the recording, the display and the dump.
  public init(_ configuration: ReplayConfiguration, log: Logger) throws {
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
      log.warning("the recording in \(folder) ends early: \(end); further frames are not recorded")
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
    // Without a dump, nobody sees what is played without windows.
    try presentation.run(dump, onWindowsEnded: { [replay] _ in if mayEndEarly { replay.cancel() } }) {
      [replay] display in
      try replay.play(into: display, options)
    }
  }

  public func report() -> RunReport {
    RunReport(dump, in: configuration.sinks.dump?.folder, played: played)
  }
}

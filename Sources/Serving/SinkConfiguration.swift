internal import Display
public import FrameDump
public import Frames

/// Where the frames of a run go.
public struct SinkConfiguration: Sendable {
  /// True: each scanout is shown in a window.
  public var showsWindows: Bool
  /// The dump to write; nil: none.
  public var dump: Dump?
  /// Folders that are only read meanwhile: a dump is never written there.
  public var inputs: [String]

  /// A dump to write.
  public struct Dump: Sendable {
    /// Its folder, as the user named it.
    public var folder: String
    /// True: a dump that is in the folder is removed first.
    public var overwrites: Bool
    /// When a frame is taken; nil: as the source was recorded, or else at each flush.
    public var frames: FrameMode?
    /// Whether frames show the cursor; nil: as the source was recorded, or else without.
    public var cursor: CursorMode?
    /// How much it may hold.
    public var limit: DumpLimit
    /// What happens when it holds that much or the disk is full; nil: what is usual for the source.
    public var whenFull: WhenFull?

    /// A dump into a folder.
    public init(
      folder: String, overwrites: Bool = false, frames: FrameMode? = nil, cursor: CursorMode? = nil,
      limit: DumpLimit = .standard, whenFull: WhenFull? = nil
    ) {
      self.folder = folder
      self.overwrites = overwrites
      self.frames = frames
      self.cursor = cursor
      self.limit = limit
      self.whenFull = whenFull
    }

    /// Starts the dump. What it does not say itself is as `usual` says; `whenEndedEarly` gets the reason of an early end.
    func open(
      _ usual: FrameDumpOptions, keeping inputs: [String], whenEndedEarly: @escaping @Sendable (EarlyEnd) -> Void
    ) throws -> FrameDumpSink {
      var options = usual
      options.cursor = cursor ?? usual.cursor
      options.frames = frames ?? usual.frames
      options.overwrites = overwrites
      options.limit = limit
      options.whenFull = whenFull ?? usual.whenFull
      return try FrameDumpSink(path: folder, options: options, keeping: inputs, whenEndedEarly: whenEndedEarly)
    }
  }

  /// Sinks of these kinds.
  public init(showsWindows: Bool = false, dump: Dump? = nil, inputs: [String] = []) {
    self.showsWindows = showsWindows
    self.dump = dump
    self.inputs = inputs
  }
}

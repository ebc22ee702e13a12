internal import Display
public import FrameDump
public import Frames

/// Configuration of the sinks of a run: windows and a dump.
public struct SinkConfiguration: Sendable {
  /// True: each scanout is shown in a window.
  public var showsWindows: Bool
  /// The dump to write; nil: none.
  public var dump: DumpConfiguration?
  /// Folders that are only read meanwhile: a dump is never written there.
  public var inputs: [String]

  /// Configuration of a dump to write.
  public struct DumpConfiguration: Sendable {
    /// Its folder, as the user named it.
    public var folder: String
    /// True: an earlier dump in the folder is removed first.
    public var overwrites: Bool
    /// When frames are made; nil: as the source was recorded, or else at each flush.
    public var frames: FrameMode?
    /// Whether frames show the cursor; nil: as the source was recorded, or else without.
    public var cursor: CursorMode?
    /// Limit of bytes and frames.
    public var limit: DumpLimit
    /// Action when the limit is reached or the disk is full; nil: the usual one of the source.
    public var whenFull: WhenFull?

    /// Makes the configuration of a dump in a folder.
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

    /// Starts the dump. `usual` has the values that are nil here; `whenEndedEarly` gets the reason of an early end.
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

  /// Makes a configuration.
  public init(showsWindows: Bool = false, dump: DumpConfiguration? = nil, inputs: [String] = []) {
    self.showsWindows = showsWindows
    self.dump = dump
    self.inputs = inputs
  }
}

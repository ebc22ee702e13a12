public import Frames

/// Options of a ``FrameDumpSink``.
public struct FrameDumpOptions: Sendable, Hashable {
  /// Whether frames show the cursor.
  ///
  /// The default is `without`: half as many files as `both`, and a moving mouse changes no golden. The events record
  /// the cursor anyway, so a replay can still write a dump of the other two modes.
  public var cursor: CursorMode
  /// What completes a frame: a flush or a vsync tick.
  public var frames: FrameMode
  /// The program and the source that made the frames.
  public var provenance: Provenance
  /// True: an existing dump in the folder is removed first. Other files are never removed.
  public var overwrites: Bool
  /// The most bytes and frames of the dump.
  public var limit: DumpLimit
  /// What happens when the limit is reached or the disk is full.
  public var whenFull: WhenFull

  /// True: the source is itself incomplete, so the manifest never says `finished`.
  public var isInterrupted: Bool

  /// Options for a dump.
  public init(
    cursor: CursorMode = .without, frames: FrameMode = .flush, provenance: Provenance = Provenance(),
    overwrites: Bool = false, limit: DumpLimit = .standard, whenFull: WhenFull = .end, isInterrupted: Bool = false
  ) {
    self.cursor = cursor
    self.frames = frames
    self.provenance = provenance
    self.overwrites = overwrites
    self.limit = limit
    self.whenFull = whenFull
    self.isInterrupted = isInterrupted
  }
}

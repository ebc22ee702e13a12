public import Frames

/// What a ``FrameDumpSink`` writes.
public struct FrameDumpOptions: Sendable, Hashable {
  /// Whether frames show the cursor.
  ///
  /// Without it by default: that is half the files of `both`, a mouse that moves makes no golden differ, and since the
  /// events keep the cursor, a replay can still make either of the other two.
  public var cursor: CursorMode
  /// When a frame is taken.
  public var frames: FrameMode
  /// Where they come from.
  public var provenance: Provenance
  /// True: a dump that is in the folder already is removed first. Nothing else ever is.
  public var overwrites: Bool
  /// How much the dump may hold.
  public var limit: DumpLimit
  /// What happens when that is reached, or the disk is full.
  public var whenFull: WhenFull

  /// True: what is dumped is itself only a part of what was meant to come, so the dump never says that it is finished.
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

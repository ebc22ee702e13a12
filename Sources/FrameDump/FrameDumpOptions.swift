/// Whether a dump's frames show the pointer.
public enum CursorMode: String, Sendable, Codable, CaseIterable {
  /// They do not. Nothing is lost: the events say where it was and what it looked like, and a replay draws it.
  case without
  /// They do.
  case with
  /// Each frame is written without the pointer, and a second file shows it.
  case both
}

/// When a frame is taken.
public enum FrameMode: String, Sendable, Codable, CaseIterable {
  /// After every flush that changed the picture: no picture is lost. A cursor that moves alone makes no frame; frames that
  /// show it have it where it was at the flush.
  case flush
  /// At the scanout's ticks, if the picture changed since the last one: what an eye can have seen. Where frames show the
  /// cursor, its changes make frames as those of the picture do.
  case vsync
}

/// Where the frames of a dump come from, in words that a reader compares and shows.
public struct Provenance: Sendable, Codable, Hashable {
  /// The program that wrote the dump, with its version: `scanout 0.1.0`.
  public var producer: String
  /// What it listened to: `vhost-user`, `demo`.
  public var source: String
  /// What made the pixels on the host's side: `2d`, or the renderer's own name and version.
  public var renderer: String

  /// A provenance; empty words are unknown ones.
  public init(producer: String = "", source: String = "", renderer: String = "") {
    self.producer = producer
    self.source = source
    self.renderer = renderer
  }
}

/// What a ``FrameDumpSink`` writes.
public struct FrameDumpOptions: Sendable, Hashable {
  /// Whether frames show the pointer.
  ///
  /// Without it by default: that is half the files of `both`, a mouse that moves makes no golden differ, and since the
  /// events keep the pointer, a replay can still make either of the other two.
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

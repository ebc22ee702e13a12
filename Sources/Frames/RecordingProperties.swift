/// How a recording was made.
public struct RecordingProperties: Sendable, Hashable {
  /// Whether frames show the cursor.
  public var cursor: CursorMode
  /// What completed a frame: a flush or a vsync tick.
  public var frames: FrameMode
  /// The program, source and renderer that made the frames.
  public var provenance: Provenance
  /// False when the recording did not come to the end of its source.
  public var isFinished: Bool

  /// Properties of a recording.
  public init(
    cursor: CursorMode = .without, frames: FrameMode = .flush, provenance: Provenance = Provenance(),
    isFinished: Bool = true
  ) {
    self.cursor = cursor
    self.frames = frames
    self.provenance = provenance
    self.isFinished = isFinished
  }
}

/// Whether a recording's frames show the cursor.
public enum CursorMode: String, Sendable, Codable, CaseIterable {
  /// Frames do not show the cursor. The events record its images and positions, and a replay draws it.
  case without
  /// Frames show the cursor.
  case with
  /// Each frame has a file without the cursor and a second file with it.
  case both
}

/// What completes a frame: a flush or a vsync tick.
public enum FrameMode: String, Sendable, Codable, CaseIterable {
  /// After every flush that changed the image: no image is lost. A cursor that moves alone makes no frame; frames that
  /// show it have it where it was at the flush.
  case flush
  /// At the scanout's ticks, if the image changed since the last one: what an eye can have seen. Where frames show the
  /// cursor, its changes make frames as those of the image do.
  case vsync
}

/// Origin of a recording: program, source and renderer, as text.
public struct Provenance: Sendable, Codable, Hashable {
  /// The program that made the recording, with its version: `scanout 0.1.0`.
  public var producer: String
  /// What it recorded: `vhost-user`, `demo`.
  public var source: String
  /// What made the pixels on the host's side: `2d`, or the renderer's own name and version.
  public var renderer: String

  /// A provenance; an empty text means unknown.
  public init(producer: String = "", source: String = "", renderer: String = "") {
    self.producer = producer
    self.source = source
    self.renderer = renderer
  }
}

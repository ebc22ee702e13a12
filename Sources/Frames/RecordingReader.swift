public import Display
public import PNG

/// An open recording: its summary, its events (read by a cursor), and its images.
///
/// Nothing in a recording is trusted: what is damaged or missing becomes one of the ``RecordingSummary/problems``, and
/// the rest can be read. The memory of a reader and of its cursors does not grow with the recording. Any number of
/// cursors may be used at a time, on any threads.
public protocol RecordingReader: Sendable {
  /// The recording, as it was named when it was opened.
  var path: String { get }
  /// How it was recorded, as it states itself.
  var properties: RecordingProperties { get }
  /// Counts, sizes and problems of its events and frames.
  var summary: RecordingSummary { get }

  /// A reading position before the first event.
  func makeCursor() throws(RecordingError) -> any RecordingCursor

  /// Decodes a frame, and checks it against its hash if it has one. With `showingCursor`, of a frame that was recorded both
  /// without and with the cursor, the image with the cursor (``RecordedFrame/cursorFile``).
  func image(of frame: RecordedFrame, showingCursor: Bool) throws(RecordingError) -> Image

  /// Decodes a cursor's image.
  func surface(of cursor: RecordedCursor) throws(RecordingError) -> Surface
}

/// A reading position between two events of a recording, from which events are read in order. It has nothing to do with
/// the cursor of a scanout.
public protocol RecordingCursor {
  /// The number of the next event, counted from 0.
  var position: Int { get }
  /// The state of each scanout that had an event before this place.
  var scanouts: [ScanoutID: ScanoutProgress] { get }

  /// The next event; nil at the end.
  mutating func next() throws(RecordingError) -> RecordedEvent?

  /// Goes to the place before the event that completes a frame, from wherever the cursor is. False when there is no such
  /// frame: then the cursor is at the end.
  mutating func seek(toFrame number: Int, of scanout: ScanoutID) throws(RecordingError) -> Bool
}

extension RecordingReader {
  /// Calls `body` with each frame, in the order in which they were shown.
  public func forEachFrame(_ body: (RecordedFrame) throws -> Void) throws {
    var cursor = try makeCursor()
    while let event = try cursor.next() {
      if let frame = event.frame { try body(frame) }
    }
  }

  /// Decodes a frame without the cursor, or with the cursor if its only file shows it.
  public func image(of frame: RecordedFrame) throws(RecordingError) -> Image {
    try image(of: frame, showingCursor: false)
  }
}

import Display
import Frames

/// The example of `Frames`.
private func describeRecordings() {
  // page Frames
  func describe(_ recording: any RecordingReader) throws {
    print(recording.summary.frameCount, "frames in", recording.summary.duration.nanoseconds, "ns")
    var cursor = try recording.makeCursor()
    guard try cursor.seek(toFrame: 42, of: 0) else { return }
    print("before it:", cursor.scanouts[0]?.cursorPosition ?? .zero)
    while let event = try cursor.next() {
      if let frame = event.frame { print(frame.scanout, frame.number, frame.size, frame.hash ?? "") }
    }
  }
  // end
}

/// The example of selectors.
private func selectFrames() {
  // page Frames
  func desktop(of recording: any RecordingReader) throws -> RecordedFrame? {
    guard let selector = FrameSelector("settled:500ms") else { return nil }
    guard case .selected(let frame)? = try recording.search([selector]).first else { return nil }
    return frame
  }
  // end
}

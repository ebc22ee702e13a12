public import Display
public import Frames
public import LinuxIO
internal import Synchronization

/// Plays a recording into a display source: the same events on the same scanouts, at the recorded times.
///
/// The times that a sink gets are the recorded ones, whatever the rate. A dump of a whole replay, made with the
/// recording's ``Recording/options``, has the same bytes, file by file.
public final class ReplaySource: Sendable {
  /// What is played.
  public let recording: any RecordingReader
  private let alarm: Alarm
  private let isCancelled = Atomic<Bool>(false)
  /// The mailbox of the display source that is played into now.
  private let played = Mutex<SourceMailbox?>(nil)

  /// A source that plays a recording.
  public init(_ recording: any RecordingReader) throws(SystemError) {
    self.recording = recording
    alarm = try Alarm()
  }

  /// Makes ``play(into:_:)-(DisplaySource,_)`` return soon, now and whenever it is called again, also while a sink holds
  /// the source. Any thread may call it.
  public func cancel() {
    isCancelled.store(true, ordering: .sequentiallyConsistent)
    alarm.cancel()
    played.withLock { $0 }?.interrupt()
  }

  /// Plays the recording into one sink, which is not finished: its owner does that.
  @discardableResult
  public func play(into sink: any DisplaySink, _ options: ReplayOptions = ReplayOptions()) throws -> ReplayOutcome {
    try play(into: DisplaySource(sink), options)
  }

  /// Plays the recording, on the calling thread, and returns when the last event was received; it waits while a sink holds
  /// the source. The source's sinks are not finished: its owner does that.
  @discardableResult
  public func play(into source: DisplaySource, _ options: ReplayOptions = ReplayOptions()) throws -> ReplayOutcome {
    played.withLock { $0 = source.mailbox }
    defer { played.withLock { $0 = nil } }
    let (cursor, end) = try range(of: options)
    var events = ReplayEvents(cursor, recording.properties.frames)
    guard let first = try events.peek() else { return ReplayOutcome() }
    let start = Alarm.now
    var outcome = ReplayOutcome()
    outcome.isComplete = false
    var stage = ReplayStage(recording, source)
    if events.position > 0 { try stage.begin(cursor.scanouts, before: first) }
    while true {
      guard events.position < end ?? .max, let (event, shown) = try events.next() else {
        outcome.isComplete = true
        break
      }
      let elapsed = event.time.nanoseconds - min(first.time.nanoseconds, event.time.nanoseconds)
      if let delay = options.rate.duration(elapsed) {
        guard try alarm.wait(until: start + delay) else { break }
        let now = Alarm.now
        outcome.latest = max(outcome.latest, now - min(now, start + delay))
      }
      if isCancelled.load(ordering: .acquiring) { break }
      try stage.play(event, showing: shown)
      outcome.events += 1
      if source.isHeld {
        try source.waitUntilReleased { isCancelled.load(ordering: .sequentiallyConsistent) }
      }
      guard let frame = event.frame else { continue }
      outcome.frames += 1
      if let step = options.step, try !step(frame) {
        outcome.isComplete = try events.position == end || events.peek() == nil
        break
      }
    }
    return outcome
  }

  /// A cursor before the first event to play, and the number of the event at which to stop; nil: play to the end.
  private func range(
    of options: ReplayOptions
  ) throws(RecordingError) -> (cursor: any RecordingCursor, end: Int?) {
    var cursor = try recording.makeCursor()
    if let from = options.from {
      guard try seek(&cursor, to: from) else {
        throw .noSuchFrame(path: recording.path, from, frames: recording.summary.frameCount)
      }
    }
    guard let to = options.to else { return (cursor, nil) }
    var last = try recording.makeCursor()
    guard try seek(&last, to: to) else { return (cursor, nil) }
    if let from = options.from, last.position < cursor.position {
      throw .emptyRange(path: recording.path, from: from, to: to)
    }
    return (cursor, last.position + 1)
  }

  /// Goes to the place before the event that completes a frame; false when there is none.
  private func seek(_ cursor: inout any RecordingCursor, to position: FramePosition) throws(RecordingError) -> Bool {
    guard let scanout = position.scanout ?? recording.summary.firstScanout else { return false }
    return try cursor.seek(toFrame: position.number, of: scanout)
  }
}

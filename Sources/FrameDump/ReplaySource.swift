public import Display
public import LinuxIO
internal import Synchronization

/// Plays a ``Recording`` into a sink: the same events on the same scanouts, at the recorded times.
///
/// The times that a sink hears are the recorded ones, whatever the rate. A dump of a whole replay, made with the
/// recording's ``Recording/options``, has the same bytes, file by file.
public final class ReplaySource: Sendable {
  /// What is played.
  public let recording: Recording
  private let alarm: Alarm
  private let isCancelled = Atomic<Bool>(false)

  /// A source that plays a recording.
  public init(_ recording: Recording) throws(SystemError) {
    self.recording = recording
    alarm = try Alarm()
  }

  /// Finds out what is at `path`, a dump or a folder of PNG files (at `pictureRate` a second), and reads it.
  public static func open(_ path: String, pictureRate: Double = 60) throws -> ReplaySource {
    try ReplaySource(Recording.open(path, pictureRate: pictureRate))
  }

  /// Makes ``play(into:_:)-(DisplaySource,_)`` return soon, now and whenever it is called again. Any thread may call it.
  public func cancel() {
    isCancelled.store(true, ordering: .releasing)
    alarm.cancel()
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
    let range = try range(of: options)
    let start = Alarm.now
    let events = recording.events
    let first = events[range.lowerBound].time.nanoseconds
    var outcome = ReplayOutcome()
    var stage = ReplayStage(recording, source)
    try stage.begin(at: range.lowerBound)
    for index in range {
      let elapsed = events[index].time.nanoseconds - min(first, events[index].time.nanoseconds)
      if let delay = options.rate.duration(elapsed) {
        guard try alarm.wait(until: start + delay) else { break }
        let now = Alarm.now
        outcome.latest = max(outcome.latest, now - min(now, start + delay))
      }
      if isCancelled.load(ordering: .acquiring) { break }
      try stage.play(index)
      outcome.events += 1
      if source.isHeld { try source.waitUntilReleased() }
      guard let frame = events[index].frame else { continue }
      outcome.frames += 1
      if let step = options.step, try !step(recording.frames[frame]) { break }
    }
    outcome.isComplete = outcome.events == range.count
    return outcome
  }

  /// The events from the first frame asked for to the last.
  private func range(of options: ReplayOptions) throws(RecordingError) -> Range<Int> {
    let events = recording.events
    var (start, end) = (0, events.count)
    if let from = options.from {
      guard let index = index(of: from) else {
        throw .noSuchFrame(path: recording.path, from, frames: recording.frames.count)
      }
      start = index
    }
    if let to = options.to, let index = index(of: to) {
      guard index >= start else { throw .emptyRange(path: recording.path, to) }
      end = index + 1
    }
    return start..<end
  }

  /// The event that completes a frame.
  private func index(of position: FramePosition) -> Int? {
    let scanout = position.scanout ?? recording.frames.map(\.scanout).min()
    return recording.events.firstIndex { event in
      event.frame.map { recording.frames[$0].number == position.number } ?? false && event.scanout == scanout
    }
  }
}

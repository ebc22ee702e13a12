public import Display
internal import Text

/// Search for the frame that a selector selects, event by event, in memory that does not grow with their number.
///
/// Takes every event of a recording in order, then its end.
public struct FrameSearch: Sendable {
  /// What a search found.
  public enum Outcome: Sendable, Hashable {
    /// The frame.
    case selected(RecordedFrame)
    /// There is none; the text says what there was instead.
    case notReached(String)
  }

  /// How long a tick takes when a recording does not tell: that of 60 Hz.
  static let usualTickInterval: UInt64 = 16_666_667

  /// The rule.
  public let selector: FrameSelector
  /// How long nothing must change, in nanoseconds.
  private let requiredStillness: UInt64
  /// The label after which time counts; nil: it always does.
  private let startLabel: String?
  /// When that was set.
  private var startTime: DisplayTime?

  /// The frame that was found; it does not change any more.
  private var found: RecordedFrame?
  /// True when the moment of the selector has come, with or without a frame.
  private var hasPassed = false
  private var size: Size?
  /// What the scanout shows; nil: it is off, or has no frame of its size yet.
  private var shown: RecordedFrame?
  private var last: RecordedFrame?
  private var longestStill: (frame: RecordedFrame, nanoseconds: UInt64)?
  private var frameCount = 0
  private var unhashedCount = 0
  private var lastTick: UInt64 = 0

  /// A search before the first event. `tickInterval`: the nanoseconds between two ticks of the scanout's clock; nil: those
  /// of 60 Hz.
  public init(_ selector: FrameSelector, tickInterval: UInt64?) {
    self.selector = selector
    if case .settled(_, let label) = selector.moment { startLabel = label } else { startLabel = nil }
    switch selector.moment {
    case .settled(.nanoseconds(let time), _): requiredStillness = time
    case .settled(.ticks(let count), _):
      let (time, overflows) = count.multipliedReportingOverflow(by: max(1, tickInterval ?? Self.usualTickInterval))
      requiredStillness = overflows ? .max : time
    default: requiredStillness = .max
    }
  }

  /// Takes in an event.
  public mutating func take(_ event: RecordedEvent) {
    if case .time(let time) = selector.moment, event.time > time { pass(with: shown) }
    if case .label(let name) = event.change {
      if selector.moment == .label(name) { pass(with: shown) }
      if name == startLabel, startTime == nil { startTime = event.time }
      return
    }
    guard event.scanout == selector.scanout else { return }
    if case .scanout(let surface) = event.change, surface?.size != size {
      settle(at: event.time)
      size = surface?.size
      shown = nil
    }
    if let frame = event.frame { take(frame) }
    if case .vsync(let tick) = event.change {
      lastTick = max(lastTick, tick)
      if selector.moment == .tick(tick) { pass(with: shown) }
    }
  }

  private mutating func take(_ frame: RecordedFrame) {
    settle(at: frame.time)
    shown = frame
    last = frame
    frameCount += 1
    if frame.hash == nil { unhashedCount += 1 }
    switch selector.moment {
    case .first: pass(with: frame)
    case .frame(frame.number): pass(with: frame)
    case .hash(let hash) where hash == frame.hash || hash == frame.cursorHash: pass(with: frame)
    default: break
    }
  }

  /// The time of the last change that counts. Nil: the selector is not `settled`, or its first frame or label has not come yet.
  private var stillSince: DisplayTime? {
    guard case .settled = selector.moment, let shown else { return nil }
    guard startLabel != nil else { return shown.time }
    return startTime.map { max($0, shown.time) }
  }

  /// The image changes now, or the recording ends.
  private mutating func settle(at time: DisplayTime) {
    guard let start = stillSince, let shown else { return }
    let still = time.nanoseconds - min(start.nanoseconds, time.nanoseconds)
    if still >= longestStill?.nanoseconds ?? 0 { longestStill = (shown, still) }
    if still >= requiredStillness { pass(with: shown) }
  }

  private mutating func pass(with frame: RecordedFrame?) {
    guard !hasPassed else { return }
    hasPassed = true
    found = frame
  }

  /// True when what is found does not change any more, whatever comes.
  public var isDecided: Bool { hasPassed }

  /// The time at which the search is decided if nothing happens until then; nil: no time decides it.
  public var dueTime: DisplayTime? {
    guard !hasPassed else { return nil }
    switch selector.moment {
    case .time(let time): return time
    case .settled:
      guard let start = stillSince else { return nil }
      let (time, overflows) = start.nanoseconds.addingReportingOverflow(requiredStillness)
      return overflows ? nil : DisplayTime(nanoseconds: time)
    case .first, .last, .label, .frame, .tick, .hash: return nil
    }
  }

  /// Nothing has happened until this time.
  public mutating func advance(to time: DisplayTime) {
    settle(at: time)
    if case .time(let moment) = selector.moment, time >= moment { pass(with: shown) }
  }

  /// What was found when the recording ends at this time.
  public mutating func finish(at end: DisplayTime) -> Outcome {
    switch selector.moment {
    case .last: pass(with: last)
    case .settled: settle(at: end)
    case .time(let time) where end >= time: pass(with: shown)
    default: break
    }
    if let found { return .selected(found) }
    return .notReached(reason(at: end))
  }

  /// What there was instead.
  private func reason(at end: DisplayTime) -> String {
    let scanout = selector.scanout
    guard frameCount > 0 else { return "scanout \(scanout) has no frame" }
    guard !hasPassed else { return "scanout \(scanout) showed no frame then" }
    let frames = "scanout \(scanout) has \(count(frameCount, "frame"))"
    switch selector.moment {
    case .first, .last: return frames
    case .settled:
      if let startLabel, startTime == nil { return "the label “\(startLabel)” was not set" }
      let required = requiredStillness == .max ? "so long" : "for \(FrameSelector.text(requiredStillness))"
      let longest =
        longestStill.map { still in
          let name = FrameName(scanout: scanout, number: still.frame.number)
          return "the longest time was \(FrameSelector.text(still.nanoseconds)), after \(name); "
        } ?? ""
      return "nothing stayed unchanged \(required): \(longest)\(frames)"
    case .label: return "there is no such label"
    case .frame: return frames + (last.map { ", up to number \($0.number)" } ?? "")
    case .tick: return "the last tick of scanout \(scanout) is \(lastTick)"
    case .hash:
      let unhashed = unhashedCount > 0 ? "; \(unhashedCount) of them state no hash" : ""
      return "\(frames), and none is that image\(unhashed)"
    case .time: return "the recording ends at \(FrameSelector.text(end.nanoseconds))"
    }
  }
}

extension RecordingReader {
  /// What each selector selects, in their order: reads all events once.
  public func search(_ selectors: [FrameSelector]) throws(RecordingError) -> [FrameSearch.Outcome] {
    let summary = summary
    let intervals = Dictionary(
      summary.scanouts.map { ($0.scanout, $0.tickInterval) }, uniquingKeysWith: { first, _ in first })
    var searches = selectors.map { FrameSearch($0, tickInterval: intervals[$0.scanout] ?? nil) }
    var cursor = try makeCursor()
    while let event = try cursor.next() {
      for index in searches.indices { searches[index].take(event) }
    }
    return searches.indices.map { index in
      let outcome = searches[index].finish(at: summary.duration)
      guard case .notReached(let reason) = outcome else { return outcome }
      return .notReached(reason + hint(for: selectors[index]))
    }
  }

  /// What else the recording has: other scanouts, and labels.
  private func hint(for selector: FrameSelector) -> String {
    if !summary.scanouts.contains(where: { $0.scanout == selector.scanout && $0.frames > 0 }) {
      let others = summary.scanouts.filter { $0.frames > 0 }.prefix(16).map { "\($0.scanout)" }
      return others.isEmpty ? "" : "; there are frames of scanout \(others.joined(separator: ", "))"
    }
    let asked: String? =
      switch selector.moment {
      case .label(let name): name
      case .settled(_, let name): name
      default: nil
      }
    guard let name = asked, !summary.labels.contains(where: { $0.name == name }) else {
      return ""
    }
    var names: [String] = []
    for label in summary.labels where !names.contains(label.name) && names.count < 10 { names.append(label.name) }
    return names.isEmpty ? "; the recording has none" : "; there are “\(names.joined(separator: "”, “"))”"
  }
}

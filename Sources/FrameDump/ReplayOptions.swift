public import Frames

/// How fast a recording is played.
public enum ReplayRate: Sendable, Hashable {
  /// As fast as the sink takes it.
  case max
  /// So many times as fast as it was recorded; 1 is real time.
  case factor(Double)

  /// The factors for which a clock in nanoseconds is precise enough.
  private static let factors = 0.0001...10_000.0

  /// As fast as it was recorded.
  public static let real = ReplayRate.factor(1)

  /// Reads `max`, `real`, or a factor from 0.0001 to 10000; nil for anything else.
  public init?(_ text: String) {
    switch text {
    case "max": self = .max
    case "real": self = .real
    default:
      guard let factor = Double(text), Self.factors.contains(factor) else { return nil }
      self = .factor(factor)
    }
  }

  /// How long recorded nanoseconds take in the replay; nil: no time at all.
  func duration(_ nanoseconds: UInt64) -> UInt64? {
    guard case .factor(let factor) = self else { return nil }
    let clamped = Swift.min(Swift.max(factor, Self.factors.lowerBound), Self.factors.upperBound)
    // Bounded so that it can be added to the clock; NaN counts as the smallest factor.
    return UInt64(Swift.min(Double(nanoseconds) / (clamped.isNaN ? Self.factors.lowerBound : clamped), 1e18))
  }
}

/// The range and speed of a replay.
public struct ReplayOptions {
  /// How fast.
  public var rate: ReplayRate
  /// The first frame; nil: the start of the recording.
  public var from: FramePosition?
  /// The last frame; nil, or one that does not exist: the end of the recording.
  public var to: FramePosition?
  /// Called after each frame was shown, on the playing thread, which goes on when it returns true; false ends the
  /// replay there. To step through a recording, wait in it.
  public var step: ((RecordedFrame) throws -> Bool)?

  /// Options for a replay.
  public init(
    rate: ReplayRate = .max, from: FramePosition? = nil, to: FramePosition? = nil,
    step: ((RecordedFrame) throws -> Bool)? = nil
  ) {
    self.rate = rate
    self.from = from
    self.to = to
    self.step = step
  }
}

/// How a replay ended.
public struct ReplayOutcome: Sendable, Hashable {
  /// How many frames were shown.
  public var frames = 0
  /// How many events were played.
  public var events = 0
  /// False when it was cancelled, or ended by its step.
  public var isComplete = true
  /// The longest delay of an event in nanoseconds; 0 at the rate `max`.
  public var latest: UInt64 = 0
}

public import Display

/// Sink that throws the same error for every event.
public final class FailingSink: DisplaySink {
  /// How many events it was given.
  public private(set) var eventCount = 0
  private let error: any Error
  private let failsToFinish: Bool

  /// A sink that throws `error`, and at its end too if it `failsToFinish`.
  public init(_ error: any Error, failsToFinish: Bool = false) {
    self.error = error
    self.failsToFinish = failsToFinish
  }

  /// Counts the event and throws.
  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    eventCount += 1
    throw error
  }

  /// Throws if it fails to finish.
  public func finish() throws {
    if failsToFinish { throw error }
  }
}

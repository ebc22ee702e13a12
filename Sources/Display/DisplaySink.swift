/// Sink of display events: a window, a recording, a check.
///
/// The contract between a source and its sinks:
/// 1. The events of one source come in order, on that source's thread. A sink returns at once: it never waits for a disk, a
///    peer or a window inside ``receive(_:on:at:)``.
/// 2. A surface may be read only inside ``receive(_:on:at:)``. A sink that needs it later copies what was damaged.
/// 3. `damage` is not empty and lies inside the surface: sources clip.
/// 4. A sink that must lose nothing and is behind takes a hold with a `frame` (``DisplaySource/hold()``) and ends it later,
///    from any thread. It always has room for the frame it was just given: until the hold ends, the source takes no further
///    command from its guest, and does not respond to the flush that made the frame.
/// 5. A window or a display socket never holds: it merges damage, and the latest frame wins.
/// 6. Times come from the source's virtual clock.
/// 7. A sink that throws stops the run or is dropped with a log line, by its ``DisplaySource/Policy``.
public protocol DisplaySink: AnyObject {
  /// The sink was added to a source, whose events it gets from now on. Called once, on the source's thread, before the present
  /// state. A sink that sends requests from other threads keeps the source's ``DisplaySource/mailbox``.
  func join(_ source: DisplaySource)

  /// Takes one event of the scanout, which happened at `time` of the source's clock.
  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws

  /// A label was set at `time` of the source's clock: a name for this moment, which belongs to no scanout.
  func receive(label name: String, at time: DisplayTime) throws

  /// The source has ended: work under way is completed before this returns. Called once, on the source's thread.
  func finish() throws
}

extension DisplaySink {
  /// Does nothing: the sink neither holds its source nor sends it requests.
  public func join(_ source: DisplaySource) {}

  /// Does nothing: the sink does not record labels.
  public func receive(label name: String, at time: DisplayTime) throws {}
}

/// Takes what a source shows: a window, a dump, a check.
///
/// The contract between a source and its sinks:
/// 1. The events of one source come in order, on that source's thread, synchronously. A sink never blocks on a peer or
///    a window.
/// 2. A surface may be read only inside ``receive(_:on:at:)``. Who needs it later copies the damaged rows.
/// 3. `.damage` is not empty and lies inside the surface: sources clip.
/// 4. The response to the flush that caused an event goes to the guest after every sink took the frame. So a slow dump
///    slows the guest down, and no frame is lost.
/// 5. Times come from the source's virtual clock.
/// 6. A sink that throws stops the run or is dropped with a log line, by the policy of the ``FanOut``.
public protocol DisplaySink: AnyObject {
  /// Takes one event of the scanout, which happened at `time` of the source's clock.
  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws

  /// The source has ended: whatever is still under way is completed before this returns. Called once.
  func finish() throws
}

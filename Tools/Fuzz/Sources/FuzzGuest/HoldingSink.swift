import Display

/// A sink that holds its source with each frame, while it is told to.
package final class HoldingSink: DisplaySink {
  /// True: it takes a hold with the next frame.
  package var isHolding = false
  private var holds: [FrameHold] = []
  private weak var source: DisplaySource?

  package init() {}

  package func join(_ source: DisplaySource) {
    self.source = source
  }

  package func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
    guard isHolding, case .frame = event, let hold = source?.hold() else { return }
    holds.append(hold)
  }

  package func finish() {}

  /// Ends all its holds.
  package func release() {
    holds = []
  }
}

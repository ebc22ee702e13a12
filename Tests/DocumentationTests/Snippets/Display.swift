import Display

/// The example of `Display`.
private func countFrames() {
  // page Display
  final class Counter: DisplaySink {
    var frames = 0
    func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
      if case .frame = event { frames += 1 }
    }
    func finish() {}
  }
  // end
  _ = Counter()
}

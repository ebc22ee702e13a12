internal import Display
internal import LinuxIO
internal import VirtioGPU

/// Clock of the scanouts of a back end behind a tap: passes the back end's events on to the display source of the run, and adds
/// ticks at the refresh rate of each output while anything changes there, as a device does.
///
/// Everything happens on the thread of the loop.
final class TapClock: DisplaySink {
  /// Called after each tick.
  var onTick: (ScanoutID) -> Void = { _ in }

  private let display: DisplaySource
  private let outputs: [Output]
  private let pace: Pace
  private let now: () -> DisplayTime
  private let timer: Timer
  private weak var received: DisplaySource?
  /// While a sink of the run holds its source, nothing more is received.
  private var hold: FrameHold?
  /// When the next tick of each scanout is; none where nothing changed.
  private var next: [ScanoutID: DisplayTime] = [:]
  private var shown: Set<ScanoutID> = []

  init(
    into display: DisplaySource, outputs: [Output], pace: Pace, loop: EventLoop, now: @escaping () -> DisplayTime
  ) throws(SystemError) {
    self.display = display
    self.outputs = outputs
    self.pace = pace
    self.now = now
    timer = try Timer()
    try loop.watch(timer.descriptor) { [weak self] in try self?.tick() }
  }

  func join(_ source: DisplaySource) {
    received = source
  }

  func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    // The tick of what it showed last comes early.
    if case .scanout(nil) = event { try tick(scanout) }
    try display.emit(counted(event, on: scanout), on: scanout, at: time)
    switch event {
    case .scanout(.some): shown.insert(scanout)
    case .scanout(nil): shown.remove(scanout)
    case .cursor, .cursorMoved: arm(scanout)
    case .frame:
      arm(scanout)
      if display.isHeld, hold == nil { hold = received?.hold() }
    case .damage, .vsync: break
    }
  }

  func finish() {}

  /// The last hold of the run's source has ended: events are received again.
  func release() throws {
    hold?.end()
    hold = nil
    try received?.serve()
  }

  /// Each display socket of a back end counts its frames for itself; here they are counted on.
  private func counted(_ event: DisplayEvent, on scanout: ScanoutID) -> DisplayEvent {
    guard case .frame = event else { return event }
    return .frame((display.states[scanout]?.frame ?? 0) &+ 1)
  }

  private func arm(_ scanout: ScanoutID) {
    guard shown.contains(scanout), next[scanout] == nil else { return }
    let output = outputs.indices.contains(scanout) ? outputs[scanout] : .unplugged
    next[scanout] = Pace.nextTick(period: pace.period(of: output), after: now())
    setTimer()
  }

  private func tick() throws {
    timer.acknowledge()
    let time = now()
    for scanout in next.filter({ $0.value <= time }).keys.sorted() { try tick(scanout) }
    setTimer()
  }

  private func tick(_ scanout: ScanoutID) throws {
    guard next.removeValue(forKey: scanout) != nil else { return }
    let number = display.states[scanout]?.tick ?? 0
    try display.emit(.vsync(tick: number &+ 1), on: scanout, at: now())
    onTick(scanout)
  }

  private func setTimer() {
    guard let time = next.values.min() else { return timer.set(after: nil) }
    timer.set(after: time.nanoseconds - min(time.nanoseconds, now().nanoseconds))
  }
}

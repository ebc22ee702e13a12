import Display
import FuzzSupport
import VirtioGPU

/// What the world does while the guest waits.
extension ScriptedGuest {
  /// The timer goes off, at `time` or now.
  func passTime(to time: DisplayTime?) {
    if let time { clock.advance(to: time) }
    expect("what is due") { try device.advance() }
    if let next = device.deadline { require(next > clock.now, "what was due at \(next) was not done") }
    collect(0)
  }

  /// The renderer has news.
  func progress() {
    device.rendererProgressed()
    collect(0)
  }

  /// The front end answers.
  func answerRegion(_ isDone: Bool) {
    region?.answer(isDone)
    collect(0)
  }

  /// The front end stops the control queue. Whoever waits is answered.
  func stop() {
    if guest.isOrderly { kick(0) }
    expect("the end of a queue") { try device.controlQueueStopped() }
    collect(0)
    require(device.deadline == nil && !device.isRendering, "a queue that stopped left something to wait for")
    guard guest.isOrderly else { return }
    require(guest.pending[0].isEmpty, "\(guest.pending[0].count) requests are never answered")
  }

  /// Everything happens that requests may wait for, however slowly.
  func settle() {
    drawing?.renderer.failure = nil
    // What was sent without a kick begins only now, and may wait like the others.
    if guest.isOrderly { kick(0) }
    // Each turn ends a tick of a scanout, or a fence that nobody reaches.
    for _ in 0..<100 {
      while let region, region.owesAnswers { answerRegion(true) }
      guard let deadline = device.deadline else { break }
      passTime(to: deadline)
    }
    require(device.deadline == nil && region?.owesAnswers != true, "there is always something to wait for")
    guard guest.isOrderly else { return }
    require(guest.pending[0].isEmpty, "\(guest.pending[0].count) requests are never answered")
  }
}

import Display
import FuzzSupport
import VirtioGPU

/// What happens around a guest that waits.
extension ScriptedGuest {
  /// The timer goes off, at `time` or now.
  func passTime(to time: DisplayTime?) {
    if let time { clock.advance(to: time) }
    expect("what is due") { try device.advance() }
    if let next = device.deadline { require(next > clock.now, "what was due at \(next) was not done") }
    collect(0)
  }

  /// The device takes what the renderer has completed.
  func progress() {
    device.rendererProgressed()
    collectAll()
  }

  /// The sink lets go of its frames; a transport would now take the requests that waited in their rings.
  func release() {
    holder.release()
    expect("the end of a hold") { try device.display.serve() }
    collectAll()
  }

  private func collectAll() {
    for queue in 0..<2 { collect(queue) }
  }

  /// The front end responds.
  func completeRegionCall(_ isDone: Bool) {
    region?.complete(isDone)
    collect(0)
  }

  /// The front end stops the control queue: every pending command of it is responded to.
  func stop() {
    if guest.isOrderly { kick(0) }
    expect("the end of a queue") { try device.controlQueueStopped() }
    collect(0)
    require(device.deadline == nil, "a queue that stopped left something to wait for")
    require(!device.isRendering || drawing?.late != nil, "a queue that stopped left something to wait for")
    guard guest.isOrderly, device.acceptsRequests(on: 0) else { return }
    require(guest.pending[0].isEmpty, "\(guest.pending[0].count) commands are never responded to")
  }

  /// Everything happens that commands may wait for, however slowly.
  func settle() {
    drawing?.renderer.failure = nil
    holder.isHolding = false
    // What was sent without a kick begins only now, and may wait like the others.
    if guest.isOrderly { kick(0) }
    // Each turn ends a tick of a scanout, or a fence that is never reached.
    for _ in 0..<100 {
      release()
      drawing?.late?.carryOut()
      progress()
      if guest.isOrderly { for queue in 0..<2 { kick(queue) } }
      while let region, region.hasWaitingCalls { completeRegionCall(true) }
      if let deadline = device.deadline {
        passTime(to: deadline)
      } else if drawing?.late?.commands.isEmpty != false {
        break
      }
    }
    require(device.deadline == nil && region?.hasWaitingCalls != true, "there is always something to wait for")
    guard guest.isOrderly else { return }
    require(guest.pending[0].isEmpty, "\(guest.pending[0].count) commands are never responded to")
  }
}

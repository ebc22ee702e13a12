internal import LinuxIO
internal import Virtio
internal import Virtqueue
internal import Wire

extension Session {
  func setSize(_ state: VringState) throws(RefusedRequest) {
    let vring = try vring(state.index, for: .setVringNum)
    guard let size = UInt16(exactly: state.value), size > 0, size <= 32768, size & (size - 1) == 0 else {
      throw RefusedRequest(
        request: FrontEndRequest.setVringNum.rawValue,
        reason: "a ring of \(state.value) entries; powers of two up to 32768 are allowed")
    }
    stopWhenCompleted(vring)
    vring.size = size
  }

  func setAddress(_ address: VringAddress) throws(RefusedRequest) {
    let vring = try vring(address.index, for: .setVringAddr)
    // A front end repeats the same place to change flags.
    guard vring.address?.isSamePlace(as: address) != true else { return }
    stopWhenCompleted(vring)
    vring.address = address
  }

  func setBase(_ state: VringState) throws(RefusedRequest) {
    let vring = try vring(state.index, for: .setVringBase)
    guard let base = UInt16(exactly: state.value) else {
      throw RefusedRequest(
        request: FrontEndRequest.setVringBase.rawValue, reason: "the index \(state.value) has more than 16 bits")
    }
    stopWhenCompleted(vring)
    vring.service.base = base
  }

  func setKick(_ event: VringEvent) throws -> MessageResult {
    let vring = try vring(event.index, for: .setVringKick)
    guard let counter = try event.counter(isTaken: true) else {
      throw RefusedRequest(
        request: FrontEndRequest.setVringKick.rawValue,
        reason: "ring \(vring.index) came without a descriptor to wait for, and rings are not polled here")
    }
    if vring.service.isBroken { stopWhenCompleted(vring) }
    unwatch(vring)
    vring.kick = counter
    vring.isStarted = true
    return startOrStop(vring)
  }

  /// Front ends send this at any time, to mask and unmask interrupts.
  func setCall(_ event: VringEvent) throws {
    let vring = try vring(event.index, for: .setVringCall)
    vring.service.call = try event.counter()
    // The driver was not notified of what was completed without a call, and would wait for ever. A signal too many is
    // harmless.
    if vring.service.isRunning { vring.service.call?.signal() }
  }

  func setEnabled(_ state: VringState) throws(RefusedRequest) -> MessageResult {
    let vring = try vring(state.index, for: .setVringEnable)
    vring.isEnabled = state.value != 0
    return startOrStop(vring)
  }

  func enableVrings(_ isEnabled: Bool) {
    for vring in vrings {
      vring.isEnabled = isEnabled
      startOrStop(vring)
    }
  }

  /// Stops a ring and says how far it got.
  func getVringBase(_ state: VringState) throws(RefusedRequest) -> [UInt8] {
    let vring = try vring(state.index, for: .getVringBase)
    stopWhenCompleted(vring)
    var writer = ByteWriter(capacity: 8)
    VringState(index: state.index, value: UInt32(vring.service.base)).encode(to: &writer)
    return writer.bytes
  }

  /// Brings a ring to the state that follows from what the front end said: running, or not.
  @discardableResult
  func startOrStop(_ vring: Vring) -> MessageResult {
    guard vring.isStarted, vring.isEnabled, !vring.service.isBroken else {
      unwatch(vring)
      return .done
    }
    do {
      try vring.run(in: table.memory, features: VirtqueueFeatures(acknowledged: acknowledged))
      try watch(vring)
      sendWaiting()
      return .done
    } catch {
      unwatch(vring)
      report("\(error)", of: vring)
      return .failed
    }
  }

  /// Stops a ring after the device has completed what it still has.
  func stopWhenCompleted(_ vring: Vring) {
    if vring.isStarted { guarded.attempt { try $0.queueStopped(vring.index) } }
    stop(vring)
  }

  /// Stops a ring at once.
  func stop(_ vring: Vring) {
    unwatch(vring)
    vring.stop()
  }

  /// Memory has changed: the rings go on where they are in it now.
  func continueVrings(afterWaiting hasWaited: Bool) {
    for vring in vrings {
      startOrStop(vring)
      // A kick that came while there was no ring found nothing to serve.
      if hasWaited, vring.watch != nil { schedule(vring) }
    }
  }

  /// The device accepts requests again.
  func resumeHeldQueues() {
    for vring in vrings where vring.service.isHeld && vring.watch != nil { schedule(vring) }
  }

  /// Serves the rings whose turns are due without a kick.
  func serveTurns() {
    turn.drain()
    for vring in vrings where vring.isDue {
      vring.isDue = false
      serve(vring)
    }
  }

  func vring(_ index: UInt32, for request: FrontEndRequest) throws(RefusedRequest) -> Vring {
    guard index < UInt32(vrings.count) else {
      throw RefusedRequest(request: request.rawValue, reason: "ring \(index) of a device that has \(vrings.count)")
    }
    return vrings[Int(index)]
  }

  private func watch(_ vring: Vring) throws(SystemError) {
    guard vring.watch == nil, let kick = vring.kick else { return }
    vring.watch = try loop.watch(kick.descriptor, for: .readableEdge) { [weak self, unowned vring] in
      self?.kicked(vring)
    }
    // The driver may have made requests before the ring ran; they are served after the reply to this message.
    schedule(vring)
  }

  private func unwatch(_ vring: Vring) {
    if let watch = vring.watch { loop.cancel(watch) }
    vring.watch = nil
    vring.isDue = false
  }

  private func kicked(_ vring: Vring) {
    // Whatever the count is now: it rose.
    vring.kick?.drain()
    serve(vring)
  }

  private func serve(_ vring: Vring) {
    guard vring.watch != nil, !guarded.hasFailed else { return }
    do {
      let turn = try vring.service.serve(device) { [self] reason in
        notice("queue \(vring.index): a request was given back unread: \(reason)")
      }
      // The device says when a turn that it held is due.
      if turn == .unfinished { schedule(vring) }
    } catch let error as VirtqueueError {
      unwatch(vring)
      report("\(error)", of: vring)
    } catch {
      guarded.fail(error)
    }
  }

  private func schedule(_ vring: Vring) {
    vring.isDue = true
    turn.signal()
  }

  private func report(_ reason: String, of vring: Vring) {
    notice("queue \(vring.index) does not run: \(reason)")
    vring.error?.signal()
  }
}

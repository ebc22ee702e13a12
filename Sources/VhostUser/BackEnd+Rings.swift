internal import LinuxIO
internal import Virtqueue
internal import Wire

extension BackEnd {
  func setSize(_ state: VringState) throws(RefusedRequest) {
    let ring = try ring(state.index, for: .setVringNum)
    guard let size = UInt16(exactly: state.value), size > 0, size <= 32768, size & (size - 1) == 0 else {
      throw RefusedRequest(
        request: FrontEndRequest.setVringNum.rawValue,
        reason: "a ring of \(state.value) entries; powers of two up to 32768 are allowed")
    }
    halt(ring)
    ring.size = size
  }

  func setAddress(_ address: VringAddress) throws(RefusedRequest) {
    let ring = try ring(address.index, for: .setVringAddr)
    // The same place again is no news: a front end repeats it to change flags.
    guard ring.address?.isSamePlace(as: address) != true else { return }
    halt(ring)
    ring.address = address
  }

  func setBase(_ state: VringState) throws(RefusedRequest) {
    let ring = try ring(state.index, for: .setVringBase)
    guard let base = UInt16(exactly: state.value) else {
      throw RefusedRequest(
        request: FrontEndRequest.setVringBase.rawValue, reason: "the index \(state.value) has more than 16 bits")
    }
    halt(ring)
    ring.base = base
  }

  func setKick(_ event: VringEvent) throws -> Outcome {
    let ring = try ring(event.index, for: .setVringKick)
    guard let counter = try event.counter(isTaken: true) else {
      throw RefusedRequest(
        request: FrontEndRequest.setVringKick.rawValue,
        reason: "ring \(ring.index) came without a descriptor to wait for, and rings are not polled here")
    }
    if ring.isBroken { halt(ring) }
    unwatch(ring)
    ring.kick = counter
    ring.isStarted = true
    return update(ring)
  }

  /// Front ends send this at any time, to mask and unmask interrupts.
  func setCall(_ event: VringEvent) throws {
    let ring = try ring(event.index, for: .setVringCall)
    ring.call = try event.counter()
    // What was completed while there was nobody to tell would be waited for without end; one signal too many is nothing.
    if ring.queue != nil { ring.call?.signal() }
  }

  func setEnabled(_ state: VringState) throws(RefusedRequest) -> Outcome {
    let ring = try ring(state.index, for: .setVringEnable)
    ring.isEnabled = state.value != 0
    return update(ring)
  }

  func enableRings(_ isEnabled: Bool) {
    for ring in rings {
      ring.isEnabled = isEnabled
      update(ring)
    }
  }

  /// Stops a ring and says how far it got.
  func stopRing(_ state: VringState) throws(RefusedRequest) -> [UInt8] {
    let ring = try ring(state.index, for: .getVringBase)
    halt(ring)
    var writer = ByteWriter(capacity: 8)
    VringState(index: state.index, value: UInt32(ring.base)).encode(to: &writer)
    return writer.bytes
  }

  /// Brings a ring to the state that follows from what the front end said: running, or not.
  @discardableResult
  func update(_ ring: Ring) -> Outcome {
    guard ring.isStarted, ring.isEnabled, !ring.isBroken else {
      unwatch(ring)
      return .done
    }
    do {
      try ring.resolve(in: table.memory, features: VirtqueueFeatures(acknowledged: acknowledged))
      try watch(ring)
      talk()
      return .done
    } catch {
      unwatch(ring)
      report("\(error)", of: ring)
      return .failed
    }
  }

  /// Stops a ring after the device has given back what it wants to.
  func halt(_ ring: Ring) {
    if ring.isStarted { device.queueStopped(ring.index) }
    forget(ring)
  }

  /// Stops a ring at once.
  func forget(_ ring: Ring) {
    unwatch(ring)
    ring.stop()
  }

  /// Serves the rings that wait for a turn without a kick.
  func serveTurns() {
    turn.drain()
    for ring in rings where ring.isDue {
      ring.isDue = false
      serve(ring)
    }
  }

  func ring(_ index: UInt32, for request: FrontEndRequest) throws(RefusedRequest) -> Ring {
    guard index < UInt32(rings.count) else {
      throw RefusedRequest(request: request.rawValue, reason: "ring \(index) of a device that has \(rings.count)")
    }
    return rings[Int(index)]
  }

  private func watch(_ ring: Ring) throws(SystemError) {
    guard ring.watch == nil, let kick = ring.kick else { return }
    ring.watch = try loop.watch(kick.descriptor, for: .readableEdge) { [weak self, unowned ring] in self?.kicked(ring) }
    // Requests may have been made before anybody listened; they are served after the answer to this message is out.
    schedule(ring)
  }

  private func unwatch(_ ring: Ring) {
    if let watch = ring.watch { loop.cancel(watch) }
    ring.watch = nil
    ring.isDue = false
  }

  private func kicked(_ ring: Ring) {
    // Whatever the count is: it rose, or whoever raised it has taken it again.
    ring.kick?.drain()
    serve(ring)
  }

  private func serve(_ ring: Ring) {
    guard ring.watch != nil else { return }
    do {
      let hasMore = try ring.drain { [self] reason in
        notice("queue \(ring.index): a request was given back unread: \(reason)")
      } process: { [self] request in
        device.process(request)
      }
      if hasMore { schedule(ring) }
    } catch {
      unwatch(ring)
      report(error.reason, of: ring)
    }
  }

  private func schedule(_ ring: Ring) {
    ring.isDue = true
    turn.signal()
  }

  private func report(_ reason: String, of ring: Ring) {
    notice("queue \(ring.index) does not run: \(reason)")
    ring.error?.signal()
  }
}

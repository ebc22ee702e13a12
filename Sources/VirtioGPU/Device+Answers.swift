public import Display
public import LinuxIO

/// Answers: at once, later, in the order of their timelines.
extension Device {
  /// When ``advance()`` has something to do next; nil: when something else happens first.
  public var deadline: DisplayTime? {
    var earliest: DisplayTime?
    for scanout in scanouts {
      if let tick = scanout.clock.next { earliest = min(earliest ?? tick, tick) }
    }
    if let oldest = unreached.first(where: { !$0.exchange.isReady }) {
      let (end, wraps) = oldest.exchange.start.nanoseconds.addingReportingOverflow(limits.fencePatience)
      let time = DisplayTime(nanoseconds: wraps ? .max : end)
      earliest = min(earliest ?? time, time)
    }
    return earliest
  }

  /// Nanoseconds until ``deadline``; nil: there is none.
  public var timeLeft: UInt64? {
    guard let deadline else { return nil }
    let now = clock()
    return deadline > now ? deadline.nanoseconds - now.nanoseconds : 0
  }

  /// True while requests wait for fences of the renderer.
  public var isRendering: Bool { !unreached.isEmpty }

  /// Each is readable when ``rendererProgressed()`` has something to do.
  public var rendererEvents: [Descriptor] { [renderer?.events].compactMap(\.self) }

  /// Does what is due by the clock: scanouts tick, which answers flushes that wait for it, and fences that were never
  /// reached count as reached.
  public func advance() throws {
    let now = clock()
    for index in scanouts.indices where scanouts[index].clock.isDue(now) { try tick(index) }
    for wait in unreached where !wait.exchange.isReady {
      let (end, wraps) = wait.exchange.start.nanoseconds.addingReportingOverflow(limits.fencePatience)
      guard !wraps, end <= now.nanoseconds else { break }
      onTrouble("a fence was not reached in \(limits.fencePatience / 1_000_000_000) s, and counts as reached")
      retire { $0.exchange === wait.exchange }
    }
    announceDeadline()
  }

  /// Asks the renderer which fences were reached, and answers who waited for them. To be called when
  /// ``BlockingRenderer/events`` is readable.
  public func rendererProgressed() {
    for reached in renderer?.takeReached() ?? [] {
      retire { $0.fence.timeline == reached.timeline && $0.fence.number <= reached.number }
    }
    announceDeadline()
  }

  /// Tells ``onDeadline`` when the deadline is another one.
  func announceDeadline() {
    let deadline = deadline
    guard deadline != announcedDeadline else { return }
    announcedDeadline = deadline
    onDeadline(deadline)
  }

  /// Ends the execution of a request: its answer goes out, or waits.
  func finish(_ exchange: PendingCommand) {
    if let timeline = exchange.timeline, exchange.awaited > 1 || lines[timeline] != nil {
      lines[timeline, default: []].append(exchange)
    }
    settle(exchange)
    guard !exchange.isDelivered else { return }
    exchange.isCounted = true
    inFlight += 1
  }

  /// One thing less to wait for.
  func settle(_ exchange: PendingCommand) {
    guard !exchange.isReady else { return }
    exchange.settle()
    guard exchange.isReady else { return }
    guard let timeline = exchange.timeline, let line = lines[timeline] else { return send(exchange) }
    let ready = line.prefix { $0.isReady }
    lines[timeline] = ready.count == line.count ? nil : Array(line.dropFirst(ready.count))
    for exchange in ready { send(exchange) }
  }

  private func send(_ exchange: PendingCommand) {
    if exchange.isCounted { inFlight -= 1 }
    exchange.send()
  }

  /// Lets the answer to a request wait for what the renderer was given so far.
  func waitForRenderer(_ exchange: PendingCommand) {
    guard let renderer, let timeline = exchange.timeline else { return }
    let fence: RendererFence
    do {
      fence = try mark(timeline, renderer)
    } catch {
      // The commands are with the renderer all the same: what it was given by anybody is more than was asked for.
      onRefusal("a fence of \(timeline) is taken from the global timeline: \(error)")
      guard timeline != .global, let global = try? mark(.global, renderer) else { return }
      fence = global
    }
    guard renderer.events != nil else { return }
    exchange.wait()
    unreached.append(RendererWait(fence: fence, exchange: exchange))
  }

  private func mark(_ timeline: Timeline, _ renderer: any BlockingRenderer) throws(RendererError) -> RendererFence {
    // One number in a nanosecond lasts for five centuries.
    lastFence += 1
    let fence = RendererFence(timeline: timeline, number: lastFence)
    try renderer.mark(fence)
    return fence
  }

  /// Answers whoever waits for fences of a context that is gone.
  func retireFences(of context: UInt32) {
    retire { if case .ring(context, _) = $0.fence.timeline { true } else { false } }
  }

  private func retire(_ isReached: (RendererWait) -> Bool) {
    let reached = unreached.filter(isReached)
    guard !reached.isEmpty else { return }
    unreached.removeAll(where: isReached)
    for wait in reached { settle(wait.exchange) }
  }

  /// The control queue stops: whoever waits is answered while somebody can hear it. What changed is a picture early.
  public func controlQueueStopped() throws {
    for index in scanouts.indices { try tick(index) }
    retire { _ in true }
    endHeldFlushes()
    giveUpRegion()
    announceDeadline()
  }

  /// Every sink has let go: flushes that were held are responded to, and requests are taken again.
  func displayReleased() {
    endHeldFlushes()
    announceDeadline()
    onAcceptingRequests()
  }

  /// Responds to flushes whose frames a sink holds.
  func endHeldFlushes() {
    let flushes = heldFlushes
    heldFlushes = []
    for flush in flushes { settle(flush) }
  }

  /// Forgets all that waits: whoever asked is gone.
  func dropAnswers() {
    for index in scanouts.indices { scanouts[index].clock.dropWaiting() }
    unreached = []
    unheard = []
    heldFlushes = []
    lines = [:]
    inFlight = 0
    announceDeadline()
  }
}

/// A request that waits for the renderer.
struct RendererWait {
  let fence: RendererFence
  let exchange: PendingCommand
}

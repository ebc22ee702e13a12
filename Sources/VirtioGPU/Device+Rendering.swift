internal import Display
public import LinuxIO
internal import Wire

/// How the device and its renderers work together: commands wait in queues, and go on when a renderer has completed what
/// they asked for.
extension Device {
  /// Each is readable when ``rendererProgressed()`` has something to do.
  public var rendererEvents: [Descriptor] { renderers.compactMap(\.renderer.events) }

  /// True while something waits for a renderer: commands, fences, a change of memory, a reset.
  public var isRendering: Bool {
    !responses.fences.isEmpty || queues.count > 0 || renderers.contains(where: \.isBusy)
  }

  /// Takes what the renderers have completed. To be called when one of ``rendererEvents`` is readable. The error of a
  /// required sink goes to ``onFailure``.
  public func rendererProgressed() {
    for renderer in renderers { renderer.renderer.deliver() }
    pump()
    endCall()
    reportFailure()
  }

  func listen(to attached: AttachedRenderer) {
    let index = attached.index
    attached.renderer.onFence = { [weak self] reached in
      self?.responses.retire {
        $0.renderer == index && $0.fence.timeline == reached.timeline && $0.fence.number <= reached.number
      }
    }
    attached.renderer.onLost = { [weak self, unowned attached] reason in self?.lost(attached, reason) }
  }

  /// The renderer died or was given up: what waits for it fails, and the device goes on without it.
  private func lost(_ attached: AttachedRenderer, _ reason: String) {
    attached.isLost = true
    onTrouble("a renderer was lost: \(reason)")
    for fence in responses.fences where fence.renderer == attached.index {
      refuse(fence.command, CommandError(.unspecified, "the renderer was lost"))
    }
    responses.retire { $0.renderer == attached.index }
    pump()
  }

  /// Gives a renderer a command on behalf of a pending command, which goes on with `then`. An error of that is the
  /// response.
  func perform(
    _ rendererCommand: RendererCommand, by owner: Int, for command: PendingCommand,
    then: @escaping (Result<RendererResponse, RendererError>) throws -> Void = { _ = try $0.get() }
  ) {
    command.wait()
    command.rendererCalls += 1
    let generation = generation
    renderers[owner].give(rendererCommand) { [weak self] result in
      guard let self else { return }
      whenNotHeld(generation) { [unowned self] in
        attempt(command) { try then(result) }
        command.rendererCalls -= 1
        responses.endWait(command)
        pump()
      }
    }
  }

  /// Goes on now, or when no sink holds the display any more; never for another guest.
  private func whenNotHeld(_ generation: UInt64, _ body: @escaping () -> Void) {
    guard generation == self.generation else { return }
    if display.isHeld || !heldCompletions.isEmpty {
      heldCompletions.append(body)
    } else {
      body()
    }
  }

  /// Lets the response to a command wait for what the renderer was given so far on the command's timeline.
  func waitForFence(_ command: PendingCommand, of owner: Int) {
    guard let timeline = command.timeline, !command.isDelivered else { return }
    let fence = responses.makeFence(on: timeline)
    responses.wait(command, for: fence, of: owner, since: clock())
    perform(.createFence(fence), by: owner, for: command) { [unowned self] result in
      guard case .failure(let error) = result else { return }
      // The commands are with the renderer all the same: what it was given on all timelines is more than was asked for.
      if timeline != .global, !renderers[owner].isLost {
        onRefusal("a fence of \(timeline) is taken from the global timeline: \(error)")
        waitForGlobalFence(command, of: owner)
      }
      responses.retire { $0.fence == fence }
    }
  }

  private func waitForGlobalFence(_ command: PendingCommand, of owner: Int) {
    let fence = responses.makeFence(on: .global)
    responses.wait(command, for: fence, of: owner, since: clock())
    perform(.createFence(fence), by: owner, for: command) { [unowned self] result in
      if case .failure = result { responses.retire { $0.fence == fence } }
    }
  }

  /// Calls `completion` when all that the renderers were given so far is complete.
  func afterRenderers(_ completion: @escaping () -> Void) {
    var left = renderers.count
    guard left > 0 else { return completion() }
    for renderer in renderers {
      renderer.afterGiven {
        left -= 1
        if left == 0 { completion() }
      }
    }
  }

  // MARK: Waiting commands

  /// Appends a command to the queues of the renderers that it concerns; false: it concerns none, and may be executed now.
  func enqueue(_ command: PendingCommand, _ request: [UInt8], _ reader: ByteReader) -> Bool {
    guard !renderers.isEmpty, let type = CommandType(rawValue: command.header.type) else { return false }
    let footprint = CommandFootprint(type, command.header, reader)
    let lanes = queues.lanes(of: footprint) | ownLanes(type, footprint, reader)
    guard lanes != 0 else { return false }
    queuedCount += 1
    responses.keep(command)
    queues.append(
      QueuedCommand(
        command, request, lanes: lanes, names: footprint.names, canOverlap: CommandFootprint.canOverlap(type),
        number: queuedCount))
    pump()
    return true
  }

  /// The queues of the renderers that execute a command, or have what it names.
  private func ownLanes(
    _ type: CommandType, _ footprint: CommandFootprint, _ reader: ByteReader
  ) -> RendererQueues.Lanes {
    var lanes: RendererQueues.Lanes = 0
    func add(_ owner: Int?) {
      if let owner { lanes |= 1 << RendererQueues.Lanes(owner) }
    }
    if let id = footprint.context { add(contexts[id]?.renderer) }
    if let id = footprint.resource, type != .resourceAssignUUID { add(resources[id]?.owner) }
    switch type {
    case .contextCreate:
      var reader = reader
      if let command = try? ContextCreate(&reader) { add(capset(of: command)?.renderer) }
    case .resourceCreate3D: add(textureRenderer?.index)
    case .resourceCreate2D:
      if features.contains(.virgl), let renderer = textureRenderer, !renderer.isLost { add(renderer.index) }
    default: break
    }
    return lanes
  }

  /// Executes waiting commands whose turn it is, unless a sink holds the display, and responds to those that are complete,
  /// in their order.
  func pump() {
    guard !isPumping, queues.count > 0 else { return }
    isPumping = true
    defer { isPumping = false }
    var goesOn: Bool
    repeat {
      while failure == nil, !display.isHeld, let next = queues.takeNext() { execute(next) }
      goesOn = false
      while let completed = queues.takeCompleted() {
        responses.endWait(completed.pending)
        goesOn = true
      }
    } while goesOn
  }

  private func execute(_ queued: QueuedCommand) {
    let command = queued.pending
    if !command.isCancelled {
      attempt(command) {
        var reader = ByteReader(queued.request)
        try reader.skip(ControlHeader.size)
        if command.isCursor {
          try updateCursor(&reader, command)
        } else {
          try execute(&reader, command)
        }
      }
    }
    queued.endExecution()
  }

  /// Every sink has let go: the device goes on.
  func displayReleased() {
    responses.endHolds()
    while !display.isHeld, failure == nil, !heldCompletions.isEmpty { heldCompletions.removeFirst()() }
    pump()
    announceDeadline()
    if !display.isHeld {
      isAwaitedByTransport = false
      onAcceptingRequests()
    }
    reportFailure()
  }
}

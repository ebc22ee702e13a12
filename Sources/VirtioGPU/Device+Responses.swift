public import Display
internal import Wire

/// Responses, errors, and the work that is due at a time: ticks and time limits of fences.
extension Device {
  /// Time at which ``advance()`` has work next; nil when it has none until something else happens.
  public var deadline: DisplayTime? {
    let tick = scanouts.nextTick
    guard let fence = responses.deadline(patience: ledger.quota.fencePatience) else { return tick }
    return tick.map { min($0, fence) } ?? fence
  }

  /// Nanoseconds until ``deadline``; nil: there is none.
  public var timeLeft: UInt64? {
    guard let deadline else { return nil }
    let now = clock()
    return deadline > now ? deadline.nanoseconds - now.nanoseconds : 0
  }

  /// Does what is due by the clock: scanouts tick, which ends the wait of flushes for them, and fences whose time limit has
  /// ended count as reached.
  public func advance() throws {
    let now = clock()
    for index in scanouts.indices where scanouts[index].clock.isDue(now) { try tick(index) }
    let patience = ledger.quota.fencePatience
    while let command = responses.overdue(at: now, patience: patience) {
      onTrouble("a fence was not reached in \(patience / 1_000_000_000) s, and counts as reached")
      responses.retire { $0.command === command }
    }
    endCall()
    try throwFailure()
  }

  /// Calls ``onDeadline`` when the deadline has changed.
  func announceDeadline() {
    let deadline = deadline
    guard deadline != announcedDeadline else { return }
    announcedDeadline = deadline
    onDeadline(deadline)
  }

  /// Ends a call that may have made room for requests.
  func endCall() {
    announceDeadline()
    guard isAwaitedByTransport, acceptsRequests(on: Self.controlQueue) else { return }
    isAwaitedByTransport = false
    onAcceptingRequests()
  }

  // MARK: Responses

  /// Sets the response to a command. It is sent when the command waits for nothing any more.
  func respond(_ command: PendingCommand, _ type: ResponseType, _ body: [UInt8] = []) {
    var writer = ByteWriter(capacity: ControlHeader.size + body.count)
    command.header.response(type, withRing: features.contains(.contextInit)).write(to: &writer)
    writer.bytes(body)
    command.response = writer.bytes
  }

  /// Sets an error as the response to a command.
  func refuse(_ command: PendingCommand, _ error: CommandError) {
    guard !command.isCursor else { return onRefusal("a command of the cursor queue was refused: \(error.reason)") }
    let type = command.header.type
    let name = CommandType(rawValue: type).map { "\($0)" } ?? "0x" + String(type, radix: 16)
    onRefusal("command \(name) was refused: \(error.reason)")
    respond(command, error.code)
  }

  /// Does a part of a command. An error of the guest or of a renderer becomes the response, that of a sink ends the run.
  func attempt(_ command: PendingCommand, _ body: () throws -> Void) {
    do {
      try body()
    } catch let error as CommandError {
      refuse(command, error)
    } catch let error as TruncatedBytes {
      refuse(command, CommandError(.invalidParameter, "\(error)"))
    } catch let error as RendererError {
      refuse(command, CommandError(error))
    } catch {
      command.drop()
      fail(error)
    }
  }

  // MARK: Failures of the host

  /// Keeps the error of a required sink, unless there is an earlier one.
  func fail(_ error: any Error) {
    failure = failure ?? error
  }

  /// Throws the error that ``fail(_:)`` kept.
  func throwFailure() throws {
    guard let failure else { return }
    self.failure = nil
    throw failure
  }

  /// Passes the error that ``fail(_:)`` kept to ``onFailure``.
  func reportFailure() {
    guard let failure else { return }
    self.failure = nil
    onFailure(failure)
  }
}

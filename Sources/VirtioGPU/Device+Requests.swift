internal import Display
public import Virtqueue

/// Requests as a transport has them: chains of buffers in guest memory.
extension Device {
  /// The control queue.
  static let controlQueue = 0

  /// False while requests of the queue (0: control, 1: cursor) have to wait in their ring: because a sink holds the display,
  /// or, on the control queue, because too much waits for renderers. ``onAcceptingRequests`` is called when it may have
  /// become true again.
  public func acceptsRequests(on queue: Int) -> Bool {
    let accepts = !display.isHeld && (queue != Self.controlQueue || hasRoomToWait)
    if !accepts { isAwaitedByTransport = true }
    return accepts
  }

  private var hasRoomToWait: Bool {
    ledger.usage.waitingBytes < ledger.quota.waitingBytes && queues.count < ledger.quota.pendingCommands
  }

  /// Executes a command of the control queue. The response is written into its buffers, at once or later, and `completion`
  /// is called with the number of bytes, on the same thread; never, when the device is reset before.
  public func handleControl(_ chain: DescriptorChain, completion: @escaping (UInt32) -> Void) throws {
    // A request that is not in memory gets the response that one without a header gets.
    let request = request(of: chain, limit: ledger.quota.requestBytes) ?? []
    // The memory that the request came in may be gone by the time of its response.
    let room = chain.writable(for: longestResponse)
    var present: GuestMemory? = chain.memory
    defer { present = nil }
    try executeControl(request) { [onRefusal, unowned self] response in
      do {
        completion(try (present ?? memory).write(response, into: room))
      } catch {
        onRefusal("a response found no room: \(error)")
        completion(0)
      }
    }
    announceDeadline()
  }

  /// In bytes: a header with a capability set, or with an EDID and its two words.
  private var longestResponse: Int {
    ControlHeader.size + max(8 + 1024, capsets.reduce(0) { max($0, $1.capset.data.count) })
  }

  /// Executes a command of the cursor queue. It has no response: the Linux driver supplies no room for one. `completion` is
  /// called, at once or later, on the same thread, with a length of 0; never, when the device is reset before.
  public func handleCursor(_ chain: DescriptorChain, completion: @escaping (UInt32) -> Void) throws {
    try executeCursor(request(of: chain, limit: Self.longestCursorRequest) ?? []) { completion(0) }
    announceDeadline()
  }

  /// The longest request of the cursor queue in bytes: commands there have 56, and what waits for a renderer is kept.
  private static let longestCursorRequest = 4096

  private func request(of chain: DescriptorChain, limit: Int) -> [UInt8]? {
    do {
      return try chain.read(limit: limit)
    } catch {
      onRefusal("a request is not in memory: \(error)")
      return nil
    }
  }

  /// The control queue stops: every pending command is responded to while the transport takes responses. Scanouts that changed tick
  /// early. Commands that wait for a renderer are executed all the same, but for those whose response would say more than
  /// OK: they are refused.
  public func controlQueueStopped() throws {
    for index in scanouts.indices { try tick(index) }
    respondToOutputWaiters()
    responses.retire { _ in true }
    responses.endHolds()
    for command in mappings.stopWaiting() {
      refuse(command, CommandError(.unspecified, "the queue stopped before the front end responded"))
      responses.endWait(command)
    }
    for queued in queues.all where !queued.pending.isCursor { respondEarly(to: queued.pending) }
    endCall()
    try throwFailure()
  }

  private func respondEarly(to command: PendingCommand) {
    switch CommandType(rawValue: command.header.type) {
    case .resourceMapBlob, .resourceAssignUUID:
      command.isCancelled = true
      refuse(command, CommandError(.unspecified, "the queue stopped before the renderer was ready"))
    default: break
    }
    responses.endAllWaits(command)
  }
}

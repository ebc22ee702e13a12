internal import DequeModule

/// The commands that wait for renderers: one first-in-first-out queue for each renderer.
///
/// A command stands in the queue of every renderer that it concerns. Most are executed when they are the head of all of
/// them, and the next one follows when they are complete. So commands that name the same context, resource or scanout
/// keep their order. Commands that only put their renderer to work follow each other before they are complete
/// (``CommandFootprint/canOverlap(_:)``), up to ``Quota/rendererQueueDepth`` of them: the renderer carries them out in
/// order, and they leave the queue in order.
final class RendererQueues {
  /// The queues of some renderers, one bit each.
  typealias Lanes = UInt64
  /// The most renderers of a device.
  static let maximumLanes = Lanes.bitWidth

  /// The waiting commands of one name.
  private struct Waiting {
    var count = 0
    var lanes: Lanes = 0
  }

  /// The queue of one renderer.
  private struct CommandQueue {
    var commands: Deque<QueuedCommand> = []
    /// How many of the first commands were started. When there are several, all of them may overlap.
    var startedCount = 0

    /// The first command that was not started; nil: there is none.
    var next: QueuedCommand? { startedCount < commands.count ? commands[startedCount] : nil }
  }

  private var queues: [CommandQueue]
  private var names: [CommandFootprint.Name: Waiting] = [:]
  private let ledger: QuotaLedger
  /// How many commands wait.
  private(set) var count = 0

  init(count: Int, _ ledger: QuotaLedger) {
    queues = Array(repeating: CommandQueue(), count: count)
    self.ledger = ledger
  }

  /// The queues in which commands wait that share a name with the footprint.
  func lanes(of footprint: CommandFootprint) -> Lanes {
    guard count > 0 else { return 0 }
    return footprint.names.reduce(0) { $0 | (names[$1]?.lanes ?? 0) }
  }

  /// Appends a command to its queues.
  func append(_ command: QueuedCommand) {
    count += 1
    ledger.add(.waiting(bytes: command.byteCount))
    for index in indices(of: command) { queues[index].commands.append(command) }
    for name in command.names {
      names[name, default: Waiting()].count += 1
      names[name]?.lanes |= command.lanes
    }
  }

  /// Starts the next command whose turn it is; nil: there is none.
  func takeNext() -> QueuedCommand? {
    for queue in queues {
      guard let next = queue.next, isTurn(of: next, in: queue) else { continue }
      next.isStarted = true
      for index in indices(of: next) { queues[index].startedCount += 1 }
      return next
    }
    return nil
  }

  /// Removes and returns a command that is complete and the head of all its queues; nil: there is none.
  func takeCompleted() -> QueuedCommand? {
    for queue in queues {
      guard let head = queue.commands.first, head.isCompleted else { continue }
      remove(head)
      return head
    }
    return nil
  }

  /// All that wait, in the order in which they came.
  var all: [QueuedCommand] {
    var seen: Set<ObjectIdentifier> = []
    return queues.flatMap(\.commands).filter { seen.insert(ObjectIdentifier($0)).inserted }
      .sorted { $0.number < $1.number }
  }

  /// Forgets all commands.
  func removeAll() {
    for command in all { ledger.remove(.waiting(bytes: command.byteCount)) }
    queues = Array(repeating: CommandQueue(), count: queues.count)
    names = [:]
    count = 0
  }

  /// True when a command may be started that is the first of this queue that was not.
  private func isTurn(of command: QueuedCommand, in queue: CommandQueue) -> Bool {
    if command.overlaps, queue.startedCount > 0 {
      return queue.startedCount < ledger.quota.rendererQueueDepth && queue.commands[0].overlaps
    }
    return indices(of: command).allSatisfy { queues[$0].commands.first === command }
  }

  /// The indices of the queues in which a command stands.
  private func indices(of command: QueuedCommand) -> some Sequence<Int> {
    queues.indices.lazy.filter { command.lanes & 1 << Lanes($0) != 0 }
  }

  /// Removes a command, which was started and is the head of all its queues.
  private func remove(_ command: QueuedCommand) {
    for index in indices(of: command) {
      queues[index].commands.removeFirst()
      queues[index].startedCount -= 1
    }
    for name in command.names {
      names[name]?.count -= 1
      if names[name]?.count == 0 { names[name] = nil }
    }
    ledger.remove(.waiting(bytes: command.byteCount))
    count -= 1
  }
}

/// A command in the queues of renderers.
final class QueuedCommand {
  let pending: PendingCommand
  /// All of it, header first; empty once its execution has returned.
  private(set) var request: [UInt8]
  /// How many bytes the request has, or had.
  let byteCount: Int
  /// True when it may be started before those before it are complete that overlap as well. Such a command stands in one
  /// queue.
  let overlaps: Bool
  /// The queues in which it stands.
  let lanes: RendererQueues.Lanes
  /// What it names.
  let names: [CommandFootprint.Name]
  /// Rises from one command to the next.
  let number: UInt64
  /// True once its execution has begun.
  var isStarted = false
  /// True once its execution has returned; renderers may still be at work for it.
  private(set) var isExecuted = false

  init(
    _ pending: PendingCommand, _ request: [UInt8], lanes: RendererQueues.Lanes, names: [CommandFootprint.Name],
    canOverlap: Bool, number: UInt64
  ) {
    self.pending = pending
    self.request = request
    byteCount = request.count
    overlaps = canOverlap && lanes.nonzeroBitCount == 1
    self.lanes = lanes
    self.names = names
    self.number = number
  }

  /// Its execution has returned. Renderers have their copy of what the request holds.
  func endExecution() {
    isExecuted = true
    request = []
  }

  /// True when nothing is carried out for it any more.
  var isCompleted: Bool { isExecuted && pending.rendererCalls == 0 }
}

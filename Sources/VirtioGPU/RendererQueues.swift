internal import DequeModule

/// The commands that wait for renderers: one first-in-first-out queue for each renderer.
///
/// A command stands in the queue of every renderer that it concerns, and is executed when it is the head of all of them;
/// the next one follows when it is complete. So commands that name the same context, resource or scanout keep their order.
final class RendererQueues {
  /// The queues of some renderers, one bit each.
  typealias Lanes = UInt64
  /// The most renderers of a device.
  static let mostLanes = Lanes.bitWidth

  /// The waiting commands of one name.
  private struct Waiting {
    var count = 0
    var lanes: Lanes = 0
  }

  private var queues: [Deque<QueuedCommand>]
  private var names: [CommandFootprint.Name: Waiting] = [:]
  private let ledger: QuotaLedger
  /// How many commands wait.
  private(set) var count = 0

  init(count: Int, _ ledger: QuotaLedger) {
    queues = Array(repeating: [], count: count)
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
    ledger.add(.waiting(bytes: command.request.count))
    for index in queues.indices where command.lanes & 1 << Lanes(index) != 0 { queues[index].append(command) }
    for name in command.names {
      names[name, default: Waiting()].count += 1
      names[name]?.lanes |= command.lanes
    }
  }

  /// A command that is the head of all its queues and was not executed yet; nil: there is none.
  func takeNext() -> QueuedCommand? {
    for queue in queues {
      guard let head = queue.first, !head.isStarted, isHead(head) else { continue }
      head.isStarted = true
      return head
    }
    return nil
  }

  /// Removes the heads that are complete; false: there was none.
  func removeCompleted() -> Bool {
    var hasRemoved = false
    for index in queues.indices {
      guard let head = queues[index].first, head.isCompleted else { continue }
      remove(head)
      hasRemoved = true
    }
    return hasRemoved
  }

  /// All that wait, in the order in which they came.
  var all: [QueuedCommand] {
    var seen: Set<ObjectIdentifier> = []
    return queues.flatMap { $0 }.filter { seen.insert(ObjectIdentifier($0)).inserted }.sorted { $0.number < $1.number }
  }

  /// Forgets all commands.
  func removeAll() {
    for command in all { ledger.remove(.waiting(bytes: command.request.count)) }
    queues = Array(repeating: [], count: queues.count)
    names = [:]
    count = 0
  }

  private func isHead(_ command: QueuedCommand) -> Bool {
    queues.indices.allSatisfy { command.lanes & 1 << Lanes($0) == 0 || queues[$0].first === command }
  }

  /// Removes a command, which is the head of all its queues.
  private func remove(_ command: QueuedCommand) {
    for index in queues.indices where command.lanes & 1 << Lanes(index) != 0 { queues[index].removeFirst() }
    for name in command.names {
      names[name]?.count -= 1
      if names[name]?.count == 0 { names[name] = nil }
    }
    ledger.remove(.waiting(bytes: command.request.count))
    count -= 1
  }
}

/// A command in the queues of renderers.
final class QueuedCommand {
  let pending: PendingCommand
  /// All of it, header first.
  let request: [UInt8]
  /// The queues in which it stands.
  let lanes: RendererQueues.Lanes
  /// What it names.
  let names: [CommandFootprint.Name]
  /// Rises from one command to the next.
  let number: UInt64
  /// True once its execution has begun.
  var isStarted = false
  /// True once its execution has returned; renderers may still be at work for it.
  var isExecuted = false

  init(
    _ pending: PendingCommand, _ request: [UInt8], lanes: RendererQueues.Lanes, names: [CommandFootprint.Name],
    number: UInt64
  ) {
    self.pending = pending
    self.request = request
    self.lanes = lanes
    self.names = names
    self.number = number
  }

  /// True when nothing is carried out for it any more.
  var isCompleted: Bool { isExecuted && pending.rendererCalls == 0 }
}

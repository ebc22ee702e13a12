internal import DequeModule
internal import Display

/// The pending commands of a device, in the order in which they may be responded to: timelines, pending fences, and
/// flushes that a sink holds.
final class ResponseQueue {
  /// A command that waits until a renderer has reached a fence.
  struct PendingFence {
    let fence: RendererFence
    /// Index of the renderer.
    let renderer: Int
    let command: PendingCommand
    /// When the fence was made.
    let start: DisplayTime
  }

  /// In the order of their fences' numbers.
  private(set) var fences: [PendingFence] = []
  private var timelines: [Timeline: Deque<PendingCommand>] = [:]
  private var held: [PendingCommand] = []
  private var lastFence: UInt64 = 0
  private let ledger: QuotaLedger

  init(_ ledger: QuotaLedger) {
    self.ledger = ledger
  }

  // MARK: Commands

  /// Gives a command that cannot be responded to yet its place on its timeline.
  func keep(_ command: PendingCommand) {
    guard !command.isKept else { return }
    command.isKept = true
    ledger.add(.pendingCommand)
    guard let timeline = command.timeline else { return }
    if timelines[timeline] == nil { ledger.add(.timeline) }
    timelines[timeline, default: []].append(command)
  }

  /// Ends the execution of a command: its response goes out, or waits.
  func finish(_ command: PendingCommand) {
    if command.awaited > 1 || command.timeline.map({ timelines[$0] != nil }) ?? false { keep(command) }
    endWait(command)
  }

  /// One thing less that a command waits for.
  func endWait(_ command: PendingCommand) {
    guard !command.isReady else { return }
    command.endWait()
    if command.isReady { sendReady(command) }
  }

  /// The command waits for nothing more, whatever is still under way for it.
  func endAllWaits(_ command: PendingCommand) {
    guard !command.isReady else { return }
    command.endAllWaits()
    sendReady(command)
  }

  private func sendReady(_ command: PendingCommand) {
    guard let timeline = command.timeline, timelines[timeline] != nil else { return send(command) }
    while let first = timelines[timeline]?.first, first.isReady {
      timelines[timeline]?.removeFirst()
      send(first)
    }
    guard timelines[timeline]?.isEmpty == true else { return }
    timelines[timeline] = nil
    ledger.remove(.timeline)
  }

  private func send(_ command: PendingCommand) {
    if command.isKept {
      command.isKept = false
      ledger.remove(.pendingCommand)
    }
    command.send()
  }

  // MARK: Fences

  /// A fence of the timeline, with a number above all before it.
  func makeFence(on timeline: Timeline) -> RendererFence {
    // One number in a nanosecond lasts for five centuries.
    lastFence += 1
    return RendererFence(timeline: timeline, number: lastFence)
  }

  /// Lets the response to a command wait for a fence.
  func wait(_ command: PendingCommand, for fence: RendererFence, of renderer: Int, since start: DisplayTime) {
    command.wait()
    ledger.add(.pendingFence)
    fences.append(PendingFence(fence: fence, renderer: renderer, command: command, start: start))
  }

  /// The fences that the predicate chooses were reached, or are not waited for any more.
  func retire(_ isReached: (PendingFence) -> Bool) {
    let reached = fences.filter(isReached)
    guard !reached.isEmpty else { return }
    fences.removeAll(where: isReached)
    for fence in reached {
      ledger.remove(.pendingFence)
      endWait(fence.command)
    }
  }

  /// When the time limit of the oldest pending fence ends; nil: no fence is pending.
  func deadline(patience: UInt64) -> DisplayTime? {
    guard let oldest = fences.first(where: { !$0.command.isReady }) else { return nil }
    let (end, wraps) = oldest.start.nanoseconds.addingReportingOverflow(patience)
    return DisplayTime(nanoseconds: wraps ? .max : end)
  }

  /// The command of the oldest pending fence, if the fence's time limit has ended.
  func overdue(at now: DisplayTime, patience: UInt64) -> PendingCommand? {
    guard let oldest = fences.first(where: { !$0.command.isReady }) else { return nil }
    let (end, wraps) = oldest.start.nanoseconds.addingReportingOverflow(patience)
    return !wraps && end <= now.nanoseconds ? oldest.command : nil
  }

  // MARK: Holds

  /// Lets the response to a flush wait until the sinks have let go of its frame.
  func hold(_ flush: PendingCommand) {
    flush.wait()
    held.append(flush)
  }

  /// Ends the wait of all flushes that sinks hold.
  func endHolds() {
    let flushes = held
    held = []
    for flush in flushes { endWait(flush) }
  }

  /// How many timelines have commands that wait.
  var timelineCount: Int { timelines.count }

  /// Forgets every command without a response.
  func removeAll() {
    for _ in fences { ledger.remove(.pendingFence) }
    for _ in timelines { ledger.remove(.timeline) }
    for _ in 0..<ledger.usage.pendingCommands { ledger.remove(.pendingCommand) }
    fences = []
    timelines = [:]
    held = []
  }
}

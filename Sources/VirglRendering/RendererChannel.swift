package import DequeModule
package import LinuxIO
internal import Synchronization
package import VirtioGPU

/// What the two threads of a ``RendererThread`` share: commands one way, outcomes the other, and the time of each call.
///
/// The device's thread sends, receives, waits and abandons. The renderer's thread, the worker, takes commands and says
/// when a call begins and ends; in an abandoned channel it does not return from that.
package final class RendererChannel: Sendable {
  /// What the worker has to say, in order.
  package enum Outcome: Sendable {
    /// The next command, in the order they were sent, was carried out, or failed.
    case completed(Result<RendererResponse, RendererError>)
    /// A fence was reached.
    case reached(RendererFence)
    /// The renderer is lost; nothing follows.
    case lost(String)
  }

  /// How far the worker is.
  package enum Phase: Sendable {
    /// It makes the renderer.
    case starting
    /// It serves commands.
    case running([Capset])
    /// The renderer has ended, or could not be made, and the thread does nothing more.
    case ended((any Error)?)
    /// Nobody waits for the worker any more. The sentence says why.
    case abandoned(String)
  }

  private struct State {
    var phase = Phase.starting
    var commands = Deque<RendererCommand>()
    var outcomes = Deque<Outcome>()
    var isEnding = false
    var call: RendererCall?
    /// Goes off when a call may have exceeded the time limit, or when outcomes have waited long enough. It is not set for
    /// each call, but set again when it goes off.
    let timer: Timer
    var timerDeadline: UInt64?
    /// True: the timer was set for outcomes that wait. It goes off also when they are delivered before, because setting it
    /// takes as long as some commands.
    var isTimerForOutcomes = false
    /// True: ``wake`` has to be raised for the worker to notice a command.
    var isWorkerAsleep = false
    /// True: ``raised`` was raised and not drained since.
    var isRaised = false
    /// True: the device's thread delivers outcomes, and looks for further ones before it waits.
    var isDelivering = false
    /// True: a fence is among the outcomes, which waits for no others.
    var hasFence = false

    var isAbandoned: Bool { if case .abandoned = phase { true } else { false } }

    /// True when the outcomes have to be delivered now. While more commands wait, outcomes are delivered many at a time; the
    /// device's thread is woken while the worker still has commands, so that it never waits for new ones.
    var areOutcomesDue: Bool {
      !outcomes.isEmpty
        && (hasFence || outcomes.count >= RendererChannel.batch || commands.count <= outcomes.count)
    }
  }

  private let state: Mutex<State>
  private let timeLimit: UInt64
  private let now: @Sendable () -> UInt64
  private let raised: EventCounter
  private let ready: ReadySet
  /// Readable when the worker has to look at the channel.
  package let wake: EventCounter

  private static let abandonedThreads = Atomic<Int>(0)

  /// True when a channel of this process was abandoned, whose thread stays.
  package static var hasAbandonedThread: Bool { abandonedThreads.load(ordering: .acquiring) > 0 }

  /// A channel whose worker has not started. `now` is the time in nanoseconds.
  package init(timeLimit: Duration, now: @escaping @Sendable () -> UInt64 = { Alarm.now }) throws(SystemError) {
    let timer = try Timer()
    (raised, wake, ready) = (try EventCounter(), try EventCounter(), try ReadySet())
    guard ready.add(raised.descriptor.rawValue), ready.add(timer.descriptor.rawValue) else {
      throw SystemError("wait for a renderer")
    }
    self.timeLimit = timeLimit.nanoseconds
    self.now = now
    state = Mutex(State(timer: timer))
  }

  // MARK: The device's thread

  /// Readable when there are outcomes, or a call may have exceeded the time limit.
  package var events: Descriptor { ready.descriptor }

  /// How far the worker is.
  package var phase: Phase { state.withLock { $0.phase } }

  /// Adds a command. An abandoned channel takes none.
  package func send(_ command: RendererCommand) {
    let wakes = state.withLock { state in
      guard !state.isAbandoned else { return false }
      state.commands.append(command)
      defer { state.isWorkerAsleep = false }
      return state.isWorkerAsleep
    }
    if wakes { wake.signal() }
  }

  /// Moves all of `commands` to the end of those that wait. An abandoned channel drops them.
  package func send(_ commands: inout Deque<RendererCommand>) {
    guard !commands.isEmpty else { return }
    let wakes = state.withLock { state in
      guard !state.isAbandoned else { return false }
      if state.commands.isEmpty { swap(&state.commands, &commands) }
      // One by one, which moves them.
      while let command = commands.popFirst() { state.commands.append(command) }
      defer { state.isWorkerAsleep = false }
      return state.isWorkerAsleep
    }
    commands.removeAll(keepingCapacity: true)
    if wakes { wake.signal() }
  }

  /// Begins a delivery: moves the outcomes so far to the end of `outcomes`. Until the delivery ends, the worker does not
  /// wake the device's thread.
  package func receive(into outcomes: inout Deque<Outcome>) {
    raised.drain()
    state.withLock { state in
      state.isRaised = false
      take(&outcomes, &state)
    }
  }

  /// Ends a delivery, unless further outcomes are due: then they are moved to the end of `outcomes`, and this returns true.
  /// With `isLast` the delivery ends in any case, and ``events`` becomes readable if outcomes are due.
  package func endDelivery(isLast: Bool, orReceiveInto outcomes: inout Deque<Outcome>) -> Bool {
    let (raises, goesOn) = state.withLock { state in
      state.isDelivering = false
      guard !isLast, !state.isRaised, state.areOutcomesDue else { return (needsRaise(&state), false) }
      take(&outcomes, &state)
      return (false, true)
    }
    if raises { raised.signal() }
    return goesOn
  }

  private func take(_ outcomes: inout Deque<Outcome>, _ state: inout State) {
    if outcomes.isEmpty { swap(&outcomes, &state.outcomes) }
    while let outcome = state.outcomes.popFirst() { outcomes.append(outcome) }
    state.hasFence = false
    state.isDelivering = true
  }

  /// Abandons the worker if the call that is under way has exceeded the time limit.
  package func abandonIfOverdue() {
    let overdue = state.withLock { state in isOverdue(&state) ? state.call : nil }
    if let overdue {
      abandon("The renderer did not finish \(overdue.name) within \(timeLimit.seconds), so it was abandoned.")
    }
  }

  /// Waits while the phase is as expected, and until `deadline` at the latest; returns another phase. When the deadline
  /// passes, a call exceeds the time limit, or `interruption` becomes readable, the worker is abandoned.
  package func wait(
    while isExpected: (Phase) -> Bool, until deadline: UInt64 = .max, interruption: Descriptor? = nil
  ) -> Phase {
    if let interruption { _ = ready.add(interruption.rawValue) }
    defer { if let interruption { ready.remove(interruption.rawValue) } }
    while true {
      raised.drain()
      state.withLock { $0.isRaised = false }
      abandonIfOverdue()
      let phase = phase
      guard isExpected(phase) else { return phase }
      if let interruption, (try? interruption.wait(for: .readable, timeoutMilliseconds: 0)) == true {
        abandon("The renderer was abandoned during its start: the run ends.")
        continue
      }
      let time = now()
      guard time < deadline, let rest = Int32(exactly: min(UInt64(Int32.max), (deadline - time) / 1_000_000 + 1)),
        (try? events.wait(for: .readable, timeoutMilliseconds: deadline == .max ? -1 : rest)) != nil
      else {
        abandon("The renderer did not end in time, so it was abandoned.")
        continue
      }
    }
  }

  /// Asks the worker to end. Commands that wait are dropped.
  package func requestEnd() {
    let dropped = state.withLock { state in
      state.isEnding = true
      defer { state.commands = Deque() }
      return state.commands
    }
    _ = dropped
    wake.signal()
  }

  private func abandon(_ sentence: String) {
    // What waits is dropped outside the lock. The worker has the command of the call, and keeps it.
    let dropped = state.withLock { state -> Deque<RendererCommand>? in
      guard !state.isAbandoned else { return nil }
      if case .ended = state.phase { return nil }
      state.phase = .abandoned(sentence)
      state.timer.set(after: nil)
      state.timerDeadline = nil
      state.isTimerForOutcomes = false
      state.outcomes.append(.lost(sentence))
      defer { state.commands = Deque() }
      return state.commands
    }
    if dropped != nil { Self.abandonedThreads.add(1, ordering: .releasing) }
  }

  /// Looks at the clock if the timer may have gone off, and sets it again for the call that is under way.
  private func isOverdue(_ state: inout State) -> Bool {
    let time = now()
    guard let timerDeadline = state.timerDeadline, time >= timerDeadline else { return false }
    state.timer.acknowledge()
    if let call = state.call, time - call.start >= timeLimit { return true }
    setTimerForCall(&state, at: time)
    return false
  }

  /// Sets the timer, which went off, for the end of the time of the call that is under way.
  private func setTimerForCall(_ state: inout State, at time: UInt64) {
    state.isTimerForOutcomes = false
    state.timerDeadline = nil
    guard let call = state.call else { return }
    let end = call.start + timeLimit
    setTimer(&state, after: end > time ? end - time : 1, at: time)
  }

  private func setTimer(_ state: inout State, after wait: UInt64, at time: UInt64) {
    state.timer.set(after: wait)
    state.timerDeadline = time + wait
  }

  // MARK: The worker

  /// How long to wait for events before the next command: 0 when there is one, −1 (for ever) when not; nil: the renderer
  /// has to end.
  package func timeoutBeforeNextCommand() -> Int32? {
    update { (state) -> Int32? in
      guard !state.isEnding else { return nil }
      state.isWorkerAsleep = state.commands.isEmpty
      return state.isWorkerAsleep ? -1 : 0
    }
  }

  /// Takes the next command, and begins a call for it; nil: there is none.
  package func takeCommand() -> RendererCommand? {
    update { takeCommand(&$0) }
  }

  /// Begins a call that is not a command.
  package func begin(_ name: StaticString) {
    update { begin(name, &$0) }
  }

  /// Completes the command that was taken last. `fence`, if any, is reached with it. With `takesNext` this returns the next
  /// command, and begins a call for it, as ``takeCommand()`` does.
  package func finish(
    _ result: Result<RendererResponse, RendererError>, reached fence: RendererFence? = nil, takesNext: Bool = false
  ) -> RendererCommand? {
    let (raises, next) = update { state in
      state.call = nil
      state.outcomes.append(.completed(result))
      if let fence { state.outcomes.append(.reached(fence)) }
      return (needsRaise(&state), takesNext ? takeCommand(&state) : nil)
    }
    if raises { raised.signal() }
    return next
  }

  /// The call that is under way ended, and found that these fences are reached.
  package func finish(reached fences: [RendererFence]) {
    let raises = update { state in
      state.call = nil
      guard !fences.isEmpty else { return false }
      state.outcomes.append(contentsOf: fences.lazy.map { .reached($0) })
      state.hasFence = true
      return needsRaise(&state)
    }
    if raises { raised.signal() }
  }

  private func takeCommand(_ state: inout State) -> RendererCommand? {
    state.isWorkerAsleep = false
    guard !state.isEnding, let command = state.commands.popFirst() else { return nil }
    begin(command.name, &state)
    return command
  }

  /// True when the device's thread has to be woken now. When it has not, the timer sees to it that outcomes do not wait
  /// for a command that takes long.
  private func needsRaise(_ state: inout State) -> Bool {
    // A delivery looks again at its end.
    guard !state.isRaised, !state.isDelivering, !state.outcomes.isEmpty else { return false }
    state.isRaised = state.areOutcomesDue
    if !state.isRaised, !state.isTimerForOutcomes {
      setTimer(&state, after: Self.outcomeDelay, at: now())
      state.isTimerForOutcomes = true
    }
    return state.isRaised
  }

  /// The most outcomes that wait for others.
  private static let batch = 128
  /// The longest that an outcome waits for others, in nanoseconds.
  private static let outcomeDelay: UInt64 = 1_000_000

  /// The worker enters a phase.
  package func enter(_ phase: Phase) {
    update { state in
      state.call = nil
      if case (.running, .ended(let error?)) = (state.phase, phase) {
        state.outcomes.append(.lost("The renderer ended: \(error)"))
      }
      state.phase = phase
      state.isRaised = true
    }
    raised.signal()
  }

  private func begin(_ name: StaticString, _ state: inout State) {
    let time = now()
    state.call = RendererCall(name: name, start: time)
    if state.timerDeadline == nil { setTimer(&state, after: timeLimit, at: time) }
  }

  /// Changes the state for the worker, which an abandoned channel never lets go on: whatever its thread holds stays.
  private func update<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    let result: Result? = state.withLock { state in
      guard !state.isAbandoned else { return nil }
      return .some(body(&state))
    }
    guard let result else { RendererWorker.stay() }
    return result
  }
}

/// A call of a renderer that is under way.
struct RendererCall {
  /// What it does, as a part of a sentence.
  let name: StaticString
  /// When it began, in nanoseconds.
  let start: UInt64
}

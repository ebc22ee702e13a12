package import DequeModule
package import LinuxIO
internal import Synchronization
package import VirtioGPU

/// What the two threads of a ``RendererThread`` share: commands one way, results and fences the other, and the time of each
/// call.
///
/// The device's thread puts commands in and publishes them, takes results, waits and abandons. The renderer's thread, the
/// worker, takes commands and says when a call begins and ends; in an abandoned channel it does not return from that.
///
/// Commands and results stand in slots, by their numbers, and the counts that say whose a slot is are atomic: a command
/// costs neither a lock nor a call of the kernel. The lock is for what is rare.
package final class RendererChannel: Sendable {
  /// The result of a command.
  package typealias CommandResult = Result<RendererResponse, RendererError>

  /// A fence that was reached.
  package struct ReachedFence: Sendable {
    package let fence: RendererFence
    /// How many commands were complete before.
    package let position: UInt64
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
    var fences = Deque<ReachedFence>()
    /// Why the renderer is lost.
    var loss: String?
    /// A call that is under way and is not a command.
    var call: RendererCall?
    /// Goes off when a call may have exceeded the time limit, or when results have waited long enough. It is not set for
    /// each call, but set again when it goes off.
    let timer: Timer
  }

  private let state: Mutex<State>
  private let timeLimit: UInt64
  private let resultDelay: UInt64
  private let now: @Sendable () -> UInt64
  private let roughNow: @Sendable () -> UInt64
  private let raised: EventCounter
  private let ready: ReadySet
  /// Readable when the worker has to look at the channel.
  package let wake: EventCounter

  // Commands, by number: put by the device's thread below `publishedCount`, taken by the worker as it begins them.
  private let commands = SlotRing<RendererCommand>()
  // Results, by number: put by the worker before it finishes a command, taken by the device's thread.
  private let results = SlotRing<CommandResult>()
  // What the commands are called. The device's thread alone uses it.
  private let names = SlotRing<StaticString>()

  // The device's thread alone changes these three.
  private let putCount = Atomic<UInt64>(0)
  private let publishedCount = Atomic<UInt64>(0)
  private let takenCount = Atomic<UInt64>(0)
  // The worker changes it, until the device's thread abandons it.
  private let progress = Atomic<WorkerProgress>(WorkerProgress(finishedCount: 0, isExecuting: false))
  /// When the command began that is carried out, in nanoseconds.
  private let commandStart = Atomic<UInt64>(0)
  /// How many commands have to be finished for the device's thread to be woken; ``Wanted/nobody`` while it need not be.
  private let wanted = Atomic<UInt64>(Wanted.fencesOnly)
  /// True: ``wake`` has to be raised for the worker to notice a command.
  private let isWorkerAsleep = Atomic<Bool>(false)
  private let isEnding = Atomic<Bool>(false)
  /// True: there are fences, or the renderer is lost.
  private let hasNews = Atomic<Bool>(false)
  /// The number of the last reset: what is drawn before it is destroyed by it.
  private let lastReset = Atomic<UInt64>(0)
  /// When the timer goes off; `UInt64.max`: it is not set. Changed with the lock.
  private let timerDeadline = Atomic<UInt64>(.max)
  /// True: the timer was set for results that wait. Changed with the lock.
  private let isTimerForResults = Atomic<Bool>(false)
  /// True: that timer went off in this delivery. The device's thread alone uses it.
  private let haveResultsWaited = Atomic<Bool>(false)

  /// The device's thread alone uses it.
  private let areCommandsDropped = Atomic<Bool>(false)

  private enum Wanted {
    /// The device's thread was woken, or is at work and looks itself.
    static let nobody = UInt64.max
    /// No command is under way.
    static let fencesOnly = UInt64.max - 1
  }

  private static let abandonedThreads = Atomic<Int>(0)

  /// True when a channel of this process was abandoned, whose thread stays.
  package static var hasAbandonedThread: Bool { abandonedThreads.load(ordering: .acquiring) > 0 }

  /// A channel whose worker has not started. `now` is the time in nanoseconds, and `roughNow` the same, a few milliseconds
  /// late but cheaper, for the start of commands. A result waits for others as long as `resultDelay` at most.
  package init(
    timeLimit: Duration, resultDelay: Duration = .milliseconds(1),
    now: @escaping @Sendable () -> UInt64 = { Alarm.now },
    roughNow: @escaping @Sendable () -> UInt64 = { Alarm.roughNow }
  ) throws(SystemError) {
    let timer = try Timer()
    (raised, wake, ready) = (try EventCounter(), try EventCounter(), try ReadySet())
    guard ready.add(raised.descriptor.rawValue), ready.add(timer.descriptor.rawValue) else {
      throw SystemError("wait for a renderer")
    }
    self.timeLimit = timeLimit.nanoseconds
    self.resultDelay = min(resultDelay, timeLimit).nanoseconds
    self.now = now
    self.roughNow = roughNow
    state = Mutex(State(timer: timer))
  }

  deinit {
    dropCommands()
    while takeResult() != nil {}
  }

  // MARK: The device's thread: commands

  /// Readable when there are results or fences, or a call may have exceeded the time limit.
  package var events: Descriptor { ready.descriptor }

  /// How far the worker is.
  package var phase: Phase { state.withLock { $0.phase } }

  /// The number of the next command.
  package var nextNumber: UInt64 { putCount.load(ordering: .relaxed) }

  /// True while there is room for a command.
  package var hasRoom: Bool {
    putCount.load(ordering: .relaxed) - takenCount.load(ordering: .relaxed) < SlotRing<RendererCommand>.capacity
  }

  /// How many commands were put in and not published.
  package var unpublishedCount: UInt64 {
    putCount.load(ordering: .relaxed) - publishedCount.load(ordering: .relaxed)
  }

  /// Puts a command in, for which there is room. The worker gets it when it is published.
  package func put(_ command: RendererCommand) {
    let number = nextNumber
    names.put(command.name, at: number)
    commands.put(command, at: number)
    putCount.store(number + 1, ordering: .relaxed)
  }

  /// Gives the worker what was put in. Outside of a delivery the device's thread is woken when enough of it is complete.
  package func publish(isDelivering: Bool) {
    guard unpublishedCount > 0 else { return }
    publishedCount.store(nextNumber, ordering: .sequentiallyConsistent)
    if isWorkerAsleep.load(ordering: .sequentiallyConsistent),
      isWorkerAsleep.exchange(false, ordering: .sequentiallyConsistent)
    {
      wake.signal()
    }
    if timerDeadline.load(ordering: .relaxed) == .max { setTimer(after: timeLimit, forResults: false) }
    if !isDelivering { wantFurther() }
  }

  /// Puts a command in and publishes it.
  package func send(_ command: RendererCommand) {
    put(command)
    publish(isDelivering: false)
  }

  /// From now on a reset with this number waits: drawing commands before it need not be carried out.
  package func noteReset(_ number: UInt64) {
    lastReset.store(number, ordering: .relaxed)
  }

  /// Drops the commands that the worker has not begun, and never will: it has ended, or was abandoned.
  package func dropCommands() {
    guard !areCommandsDropped.exchange(true, ordering: .relaxed) else { return }
    let end = nextNumber
    for number in progress.load(ordering: .acquiring).begunCount..<end {
      _ = commands.take(at: number)
      _ = names.take(at: number)
    }
  }

  // MARK: The device's thread: results

  /// Begins a delivery, or a further part of it: what is complete so far can be taken. Until the delivery ends, the worker
  /// does not wake the device's thread. Appends the fences that were reached, and returns the reason if the renderer is lost.
  package func receive(_ fences: inout Deque<ReachedFence>) -> String? {
    wanted.store(Wanted.nobody, ordering: .sequentiallyConsistent)
    raised.drain()
    guard hasNews.load(ordering: .relaxed), hasNews.exchange(false, ordering: .acquiring) else { return nil }
    return state.withLock { state in
      while let fence = state.fences.popFirst() { fences.append(fence) }
      defer { state.loss = nil }
      return state.loss
    }
  }

  /// Takes the next result, of the command ``takenCommandCount``; nil: the next command is not complete.
  package func takeResult() -> CommandResult? {
    let number = takenCount.load(ordering: .relaxed)
    guard number < progress.load(ordering: .acquiring).finishedCount else { return nil }
    takenCount.store(number + 1, ordering: .relaxed)
    _ = names.take(at: number)
    return results.take(at: number)
  }

  /// How many results were taken: the number of the command whose result is next.
  package var takenCommandCount: UInt64 { takenCount.load(ordering: .relaxed) }

  /// Ends a delivery, unless enough for another part of it is there: then this returns true. With `isLast` the delivery ends
  /// in any case, and ``events`` becomes readable if there is enough.
  package func endDelivery(isLast: Bool, isIdle: Bool) -> Bool {
    let isSlow = isIdle && haveResultsWaited.load(ordering: .relaxed)
    haveResultsWaited.store(false, ordering: .relaxed)
    let count = wantedCount(next: isSlow)
    wanted.store(count, ordering: .sequentiallyConsistent)
    guard isWanted(count) else {
      setTimerForResults(count)
      return false
    }
    // Unless the worker wakes this thread already.
    guard wanted.exchange(Wanted.nobody, ordering: .sequentiallyConsistent) != Wanted.nobody else { return false }
    if isLast { raised.signal() }
    return !isLast
  }

  /// Outside of a delivery: new commands were published.
  private func wantFurther() {
    var old = wanted.load(ordering: .relaxed)
    let count = wantedCount(next: false)
    while old != Wanted.nobody {
      let (isChanged, found) = wanted.compareExchange(
        expected: old, desired: count, ordering: .sequentiallyConsistent)
      old = found
      guard isChanged else { continue }
      guard isWanted(count) else { return setTimerForResults(count) }
      if wanted.exchange(Wanted.nobody, ordering: .sequentiallyConsistent) != Wanted.nobody { raised.signal() }
      return
    }
  }

  private func isWanted(_ count: UInt64) -> Bool {
    progress.load(ordering: .sequentiallyConsistent).finishedCount >= count
      || hasNews.load(ordering: .sequentiallyConsistent)
  }

  /// When the device's thread is to be woken: when three quarters of the commands are complete, so that new ones come before
  /// the worker has none; or when the next one is.
  private func wantedCount(next: Bool) -> UInt64 {
    let taken = takenCount.load(ordering: .relaxed)
    let waiting = publishedCount.load(ordering: .relaxed) - taken
    guard waiting > 0, !areCommandsDropped.load(ordering: .relaxed) else { return Wanted.fencesOnly }
    return taken + (next ? 1 : max(1, waiting - waiting / 4))
  }

  // MARK: Time limits

  /// Sees to it that results do not wait for a command that takes long.
  private func setTimerForResults(_ wanted: UInt64) {
    guard wanted != Wanted.fencesOnly, wanted > takenCount.load(ordering: .relaxed) + 1,
      !isTimerForResults.load(ordering: .relaxed)
    else { return }
    setTimer(after: resultDelay, forResults: true)
  }

  private func setTimer(after wait: UInt64, forResults: Bool) {
    let time = now()
    state.withLock { setTimer(&$0, after: wait, forResults: forResults, at: time) }
  }

  private func setTimer(_ state: inout State, after wait: UInt64?, forResults: Bool, at time: UInt64) {
    if case .abandoned = state.phase, wait != nil { return }
    state.timer.set(after: wait)
    timerDeadline.store(wait.map { time + $0 } ?? .max, ordering: .relaxed)
    isTimerForResults.store(forResults, ordering: .relaxed)
  }

  /// Abandons the worker if the call that is under way has exceeded the time limit.
  package func abandonIfOverdue() {
    guard timerDeadline.load(ordering: .relaxed) != .max else { return }
    let time = now()
    guard time >= timerDeadline.load(ordering: .relaxed) else { return }
    guard let name = overdueCall(at: time) else { return }
    abandon("The renderer did not finish \(name) within \(timeLimit.seconds), so it was abandoned.")
  }

  /// The timer went off: sets it for the call that is under way, or returns the name of that call if it is overdue. An
  /// overdue command is then abandoned.
  private func overdueCall(at time: UInt64) -> StaticString? {
    if isTimerForResults.load(ordering: .relaxed) { haveResultsWaited.store(true, ordering: .relaxed) }
    return state.withLock { state -> StaticString? in
      state.timer.acknowledge()
      if let call = state.call {
        let age = time - min(time, call.start)
        if age >= timeLimit { return call.name }
        setTimer(&state, after: timeLimit - age, forResults: false, at: time)
        return nil
      }
      let current = progress.load(ordering: .acquiring)
      guard current.isExecuting, !current.isAbandoned else {
        setTimer(&state, after: nil, forResults: false, at: time)
        // Commands that were published and not begun yet.
        if publishedCount.load(ordering: .relaxed) > current.begunCount, !areCommandsDropped.load(ordering: .relaxed) {
          setTimer(&state, after: timeLimit, forResults: false, at: time)
        }
        return nil
      }
      let age = time - min(time, commandStart.load(ordering: .relaxed))
      guard age < timeLimit else {
        let (isAbandoned, _) = progress.compareExchange(
          expected: current, desired: current.whenAbandoned, ordering: .acquiringAndReleasing)
        if isAbandoned {
          let name = names.take(at: current.finishedCount)
          names.put(name, at: current.finishedCount)
          return name
        }
        // It was finished meanwhile.
        setTimer(&state, after: timeLimit, forResults: false, at: time)
        return nil
      }
      setTimer(&state, after: timeLimit - age, forResults: false, at: time)
      return nil
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

  /// Asks the worker to end, before the next command.
  package func requestEnd() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    wake.signal()
  }

  private func abandon(_ sentence: String) {
    let isAbandoned = state.withLock { state in
      switch state.phase {
      case .ended, .abandoned: return false
      case .starting, .running: break
      }
      state.phase = .abandoned(sentence)
      setTimer(&state, after: nil, forResults: false, at: 0)
      state.loss = sentence
      return true
    }
    guard isAbandoned else { return }
    var current = progress.load(ordering: .relaxed)
    while !current.isAbandoned {
      current =
        progress.compareExchange(
          expected: current, desired: current.whenAbandoned, ordering: .acquiringAndReleasing
        ).original
    }
    hasNews.store(true, ordering: .sequentiallyConsistent)
    Self.abandonedThreads.add(1, ordering: .releasing)
  }

  // MARK: The worker

  /// How long to wait for events before the next command: 0 when there is one, −1 (for ever) when not; nil: the renderer
  /// has to end.
  package func timeoutBeforeNextCommand() -> Int32? {
    let current = progress.load(ordering: .relaxed)
    if current.isAbandoned { RendererWorker.stay() }
    if isEnding.load(ordering: .relaxed) { return nil }
    if publishedCount.load(ordering: .relaxed) > current.finishedCount { return 0 }
    isWorkerAsleep.store(true, ordering: .sequentiallyConsistent)
    // Whoever publishes a command or asks for the end after this raises `wake`.
    return publishedCount.load(ordering: .sequentiallyConsistent) > current.finishedCount ? 0 : -1
  }

  /// Takes the next command, and begins a call for it; nil: there is none.
  package func takeCommand() -> RendererCommand? {
    if isWorkerAsleep.load(ordering: .relaxed) { isWorkerAsleep.store(false, ordering: .relaxed) }
    let current = progress.load(ordering: .relaxed)
    guard !current.isAbandoned else { RendererWorker.stay() }
    return advance(from: current, to: current.finishedCount, takesNext: true)
  }

  /// Begins a call that is not a command.
  package func begin(_ name: StaticString) {
    update { state in
      let time = now()
      state.call = RendererCall(name: name, start: time)
      if timerDeadline.load(ordering: .relaxed) == .max {
        setTimer(&state, after: timeLimit, forResults: false, at: time)
      }
    }
  }

  /// Completes the command that was taken last. `fence`, if any, is reached with it. With `takesNext` this returns the next
  /// command, and begins a call for it, as ``takeCommand()`` does.
  package func finish(
    _ result: CommandResult, reached fence: RendererFence? = nil, takesNext: Bool = false
  ) -> RendererCommand? {
    let current = progress.load(ordering: .relaxed)
    guard !current.isAbandoned else { RendererWorker.stay() }
    let number = current.finishedCount
    results.put(result, at: number)
    let next = advance(from: current, to: number + 1, takesNext: takesNext)
    if let fence {
      update { $0.fences.append(ReachedFence(fence: fence, position: number + 1)) }
      hasNews.store(true, ordering: .sequentiallyConsistent)
    }
    if fence != nil || number + 1 >= wanted.load(ordering: .sequentiallyConsistent) { wakeDevice() }
    return next
  }

  /// Says that `finished` commands are finished, and takes the next one if there is one and it is wanted.
  private func advance(from current: WorkerProgress, to finished: UInt64, takesNext: Bool) -> RendererCommand? {
    let takes =
      takesNext && publishedCount.load(ordering: .acquiring) > finished && !isEnding.load(ordering: .relaxed)
    guard takes || current.finishedCount != finished else { return nil }
    if takes { commandStart.store(roughNow(), ordering: .relaxed) }
    let (isAdvanced, _) = progress.compareExchange(
      expected: current, desired: WorkerProgress(finishedCount: finished, isExecuting: takes),
      ordering: .sequentiallyConsistent)
    guard isAdvanced else { RendererWorker.stay() }
    return takes ? commands.take(at: finished) : nil
  }

  /// True when the command that was taken last draws, and a reset that waits destroys all that it draws.
  package func isUndoneByReset(_ command: RendererCommand) -> Bool {
    guard progress.load(ordering: .relaxed).finishedCount < lastReset.load(ordering: .relaxed) else { return false }
    switch command {
    case .submit, .transfer, .createFence: return true
    default: return false
    }
  }

  /// The call that is under way, not a command, ended, and found that these fences are reached.
  package func finish(reached fences: [RendererFence]) {
    let position = progress.load(ordering: .relaxed).finishedCount
    update { state in
      state.call = nil
      state.fences.append(contentsOf: fences.lazy.map { ReachedFence(fence: $0, position: position) })
    }
    guard !fences.isEmpty else { return }
    hasNews.store(true, ordering: .sequentiallyConsistent)
    wakeDevice()
  }

  /// The worker enters a phase.
  package func enter(_ phase: Phase) {
    let isLost = update { state in
      state.call = nil
      defer { state.phase = phase }
      guard case (.running, .ended(let error?)) = (state.phase, phase) else { return false }
      state.loss = "The renderer ended: \(error)"
      return true
    }
    if isLost { hasNews.store(true, ordering: .sequentiallyConsistent) }
    raised.signal()
  }

  /// Wakes the device's thread, unless it was woken already or looks itself.
  private func wakeDevice() {
    if wanted.exchange(Wanted.nobody, ordering: .sequentiallyConsistent) != Wanted.nobody { raised.signal() }
  }

  /// Changes the state for the worker, which an abandoned channel never lets go on: whatever its thread holds stays.
  private func update<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    let result: Result? = state.withLock { state in
      if case .abandoned = state.phase { return nil }
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

/// The source of display events: keeps the state of its scanouts, passes events on to its sinks, and takes their requests.
///
/// A device or a replay owns one and emits into it on its own thread, the source's thread, where sinks receive. Members are
/// for that thread unless they say that any thread may call them. What other threads ask for waits in the ``mailbox``
/// until ``serve()``: `wake` tells the source's thread to call that. A source without an event loop calls
/// ``waitUntilReleased(unless:)`` after each frame instead.
public final class DisplaySource {
  /// What happens when a sink throws.
  public enum Policy: Sendable {
    /// The error goes to the source and stops the run: a recording, a golden check.
    case required
    /// The sink is dropped, and the others go on: a window that was closed.
    case optional
  }

  /// A sink of this source.
  private final class Member {
    let name: String
    let sink: any DisplaySink
    let policy: Policy
    /// False once it was dropped or removed, maybe while an event is being passed on.
    var isActive = true

    init(_ sink: any DisplaySink, named name: String, policy: Policy) {
      self.sink = sink
      self.name = name
      self.policy = policy
    }
  }

  /// Called for each optional sink that was dropped, with the error that it threw.
  public var onDrop: (_ name: String, _ reason: any Error) -> Void = { _, _ in }
  /// Called for every request of the sinks, in order, during ``serve()``.
  public var onRequest: (DisplayRequest, ScanoutID) -> Void = { _, _ in }
  /// Called during ``serve()`` when the last hold has ended.
  public var onRelease: () -> Void = {}

  /// The state of each scanout that has had an event.
  public var states: [ScanoutID: ScanoutState] {
    Dictionary(entries.map { ($0.scanout, $0.state) }) { first, _ in first }
  }
  /// Takes what other threads ask of this source.
  public let mailbox: SourceMailbox

  /// The states. There are few scanouts, so that a search costs less than a hash.
  private var entries: [(scanout: ScanoutID, state: ScanoutState)] = []
  private var members: [Member] = []
  private var latest = DisplayTime.zero
  private var wasHeld = false
  private var hasFinished = false

  /// A source without sinks. `wake` is called on any thread when ``serve()`` has something to do.
  public init(wake: @escaping @Sendable () -> Void = {}) {
    mailbox = SourceMailbox(wake: wake)
  }

  /// A source with one sink, which is required.
  public convenience init(_ sink: any DisplaySink) {
    self.init()
    members = [Member(sink, named: "sink", policy: .required)]
    sink.join(self)
  }

  /// True when it has no sink (any more).
  public var isEmpty: Bool { members.isEmpty }

  // MARK: - Sinks

  /// Adds a sink after those added before. It gets the current state first, then what comes.
  ///
  /// An optional sink that throws meanwhile is dropped, as ``onDrop`` tells; a required one is not added, and its error is
  /// thrown. So is ``DisplaySourceFinished`` when the source has finished.
  public func add(_ sink: any DisplaySink, named name: String, policy: Policy) throws {
    if hasFinished { throw DisplaySourceFinished() }
    let member = Member(sink, named: name, policy: policy)
    members.append(member)
    sink.join(self)
    do {
      for (scanout, state) in entries.sorted(by: { $0.scanout < $1.scanout }) {
        for event in state.events where member.isActive {
          try pass(to: [member]) { try $0.receive(event, on: scanout, at: latest) }
        }
      }
    } catch {
      drop(member)
      throw error
    }
  }

  /// Adds a sink during the next ``serve()``, as ``add(_:named:policy:)`` does. False when the source has finished: then the
  /// sink gets nothing. Any thread may call it through ``mailbox``.
  @discardableResult
  public func addLater(_ sink: any DisplaySink & Sendable, named name: String, policy: Policy) -> Bool {
    mailbox.add(sink, named: name, policy: policy)
  }

  /// Removes a sink, which receives nothing any more. It is not finished: the caller does that. A sink may remove
  /// itself, or another one, inside ``DisplaySink/receive(_:on:at:)``.
  public func remove(_ sink: any DisplaySink) {
    for member in members where member.sink === sink { drop(member) }
  }

  // MARK: - Events

  /// Passes an event on to every sink, after taking it into the scanout's state. The first error of a required sink is
  /// thrown after the others have received the event.
  public func emit(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    apply(event, to: scanout)
    latest = time
    try pass(to: members) { try $0.receive(event, on: scanout, at: time) }
  }

  /// Passes a label on to every sink: a name for this moment, which belongs to no scanout. Errors are treated as with
  /// ``emit(_:on:at:)``.
  public func emit(label name: String, at time: DisplayTime) throws {
    latest = time
    try pass(to: members) { try $0.receive(label: name, at: time) }
  }

  /// Adds the sinks that wait to be added, so that they show the last state, and finishes every sink. Requests that have not
  /// been served are dropped. The second call has no effect.
  public func finish() throws {
    var failure: (any Error)?
    for case .add(let sink, let name, let policy) in mailbox.takeTasks(closing: true) where !hasFinished {
      do { try add(sink, named: name, policy: policy) } catch { failure = failure ?? error }
    }
    hasFinished = true
    let all = members
    members = []
    do { try pass(to: all) { try $0.finish() } } catch { failure = failure ?? error }
    if let failure { throw failure }
  }

  // MARK: - Requests and holds

  /// Passes a request on to ``onRequest`` during the next ``serve()``; see ``SourceMailbox/request(_:of:)``.
  public func request(_ request: DisplayRequest, of scanout: ScanoutID) {
    mailbox.request(request, of: scanout)
  }

  /// A hold on this source. A sink calls it while it receives a `frame` event, a repeated one included.
  public func hold() -> FrameHold {
    wasHeld = true
    return FrameHold(mailbox)
  }

  /// True while a sink holds the source: no further command is to be taken from the guest.
  public var isHeld: Bool { mailbox.isHeld }

  /// Does what other threads asked for, in order, and calls ``onRelease`` when the last hold has ended.
  ///
  /// The first error of a required sink is thrown after all of it is done.
  public func serve() throws {
    var failure: (any Error)?
    for task in mailbox.takeTasks() {
      switch task {
      case .add(let sink, let name, let policy):
        do { try add(sink, named: name, policy: policy) } catch { failure = failure ?? error }
      case .remove(let sink): remove(sink)
      case .request(let request, let scanout): onRequest(request, scanout)
      }
    }
    if wasHeld, !isHeld {
      wasHeld = false
      onRelease()
    }
    if let failure { throw failure }
  }

  /// Serves until no hold is left, or `isInterrupted` is true. For sources that are not fed by an event loop, such as a
  /// replay: they call it after each frame. The thread sleeps while there is nothing to serve; who makes `isInterrupted`
  /// true calls ``SourceMailbox/interrupt()`` then.
  public func waitUntilReleased(unless isInterrupted: () -> Bool = { false }) throws {
    try serve()
    while isHeld, !isInterrupted() {
      mailbox.wait(unless: isInterrupted)
      try serve()
    }
  }

  private func apply(_ event: DisplayEvent, to scanout: ScanoutID) {
    // Damage, the most frequent event, changes no state.
    if case .damage = event { return }
    if let index = entries.firstIndex(where: { $0.scanout == scanout }) {
      entries[index].state.apply(event)
    } else {
      var state = ScanoutState()
      state.apply(event)
      entries.append((scanout, state))
    }
  }

  private func pass(to members: [Member], _ body: (any DisplaySink) throws -> Void) throws {
    var failure: (any Error)?
    // A sink may add and remove sinks meanwhile: an added one has the event in its state already.
    for member in members where member.isActive {
      do {
        try body(member.sink)
      } catch {
        switch member.policy {
        case .required: failure = failure ?? error
        case .optional:
          drop(member)
          onDrop(member.name, error)
        }
      }
    }
    if let failure { throw failure }
  }

  private func drop(_ member: Member) {
    member.isActive = false
    members.removeAll { $0 === member }
  }
}

/// What ``DisplaySource/add(_:named:policy:)`` throws after the source has finished.
public struct DisplaySourceFinished: Error, Equatable, CustomStringConvertible {
  /// A source that takes no sink any more.
  public init() {}

  /// A sentence.
  public var description: String { "the display source has finished and takes no further sink" }
}

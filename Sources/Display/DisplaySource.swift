internal import Synchronization

/// The source of display events: keeps the state of its scanouts, passes events on to its sinks, and takes their requests.
///
/// A device or a replay owns one and emits into it on its own thread, the source's thread, where sinks receive. Members
/// are for that thread unless they say that any thread may call them. What other threads ask for waits in an ordered
/// queue until ``serve()``: `wake` tells whoever runs the source's thread to call that.
public final class DisplaySource {
  /// What happens when a sink throws.
  public enum Policy: Sendable {
    /// The error goes to the source and stops the run: a recording, a golden check.
    case required
    /// The sink is dropped, and the others go on: a window that was closed.
    case optional
  }

  private struct Member {
    let name: String
    let sink: any DisplaySink
    let policy: Policy
  }

  /// What other threads asked for.
  private enum Task: Sendable {
    case join(any DisplaySink & Sendable, name: String, policy: Policy)
    case request(DisplayRequest, ScanoutID)
  }

  /// What the source's thread shares with others.
  private final class Shared: Sendable {
    let tasks = Mutex<[Task]>([])
    let holds = Atomic<Int>(0)
    let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) {
      self.wake = wake
    }
  }

  /// Hears of each optional sink that was dropped, and why.
  public var onDrop: (_ name: String, _ reason: any Error) -> Void = { _, _ in }
  /// Hears every request of the sinks, in order, during ``serve()``.
  public var onRequest: (DisplayRequest, ScanoutID) -> Void = { _, _ in }
  /// Called during ``serve()`` when the last hold has ended.
  public var onRelease: () -> Void = {}

  /// The state of each scanout that has had an event.
  public private(set) var states: [ScanoutID: ScanoutState] = [:]

  private var members: [Member] = []
  private var latest = DisplayTime.zero
  private var wasHeld = false
  private let shared: Shared

  /// A source without sinks. `wake` is called on any thread when ``serve()`` has something to do.
  public init(wake: @escaping @Sendable () -> Void = {}) {
    shared = Shared(wake: wake)
  }

  /// A source with one sink, which is required.
  public convenience init(_ sink: any DisplaySink) {
    self.init()
    members = [Member(name: "sink", sink: sink, policy: .required)]
    sink.join(self)
  }

  /// True when it has no sink (any more).
  public var isEmpty: Bool { members.isEmpty }

  /// Adds a sink after those added before. It gets the present state first, then what comes.
  public func add(_ sink: any DisplaySink, named name: String, policy: Policy) throws {
    members.append(Member(name: name, sink: sink, policy: policy))
    sink.join(self)
    for (scanout, state) in states.sorted(by: { $0.key < $1.key }) {
      for event in state.events {
        try pass(to: members.indices.suffix(1)) { try $0.receive(event, on: scanout, at: latest) }
      }
    }
  }

  /// Adds a sink during the next ``serve()``, as ``add(_:named:policy:)`` does. Any thread may call it.
  public func addLater(_ sink: any DisplaySink & Sendable, named name: String, policy: Policy) {
    put(.join(sink, name: name, policy: policy))
  }

  /// Passes a request on to ``onRequest`` during the next ``serve()``. Requests are neither merged nor lost. Any thread may
  /// call it, and waits for nothing.
  public func request(_ request: DisplayRequest, of scanout: ScanoutID) {
    put(.request(request, scanout))
  }

  /// Passes an event on to every sink, after taking it into the scanout's state. The first error of a required sink is
  /// thrown after the others have received the event.
  public func emit(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) throws {
    states[scanout, default: ScanoutState()].apply(event)
    latest = time
    try pass(to: members.indices) { try $0.receive(event, on: scanout, at: time) }
  }

  /// Ends every sink.
  public func finish() throws {
    try pass(to: members.indices) { try $0.finish() }
    members = []
  }

  /// A hold on this source. A sink calls it while it receives a `frame` event.
  public func hold() -> FrameHold {
    shared.holds.add(1, ordering: .acquiringAndReleasing)
    wasHeld = true
    return FrameHold { [shared] in
      if shared.holds.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { shared.wake() }
    }
  }

  /// True while a sink holds the source: no further command is to be taken from the guest.
  public var isHeld: Bool { shared.holds.load(ordering: .acquiring) > 0 }

  /// Does what other threads asked for, in order, and calls ``onRelease`` when the last hold has ended.
  public func serve() throws {
    let tasks = shared.tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in tasks {
      switch task {
      case .join(let sink, let name, let policy): try add(sink, named: name, policy: policy)
      case .request(let request, let scanout): onRequest(request, scanout)
      }
    }
    guard wasHeld, !isHeld else { return }
    wasHeld = false
    onRelease()
  }

  private func put(_ task: Task) {
    shared.tasks.withLock { $0.append(task) }
    shared.wake()
  }

  private func pass(to indices: Range<Int>, _ body: (any DisplaySink) throws -> Void) throws {
    var failure: (any Error)?
    var dropped: [Int] = []
    for index in indices {
      do {
        try body(members[index].sink)
      } catch {
        switch members[index].policy {
        case .required: failure = failure ?? error
        case .optional:
          dropped.append(index)
          onDrop(members[index].name, error)
        }
      }
    }
    for index in dropped.reversed() { members.remove(at: index) }
    if let failure { throw failure }
  }
}

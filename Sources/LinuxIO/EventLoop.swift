internal import CLinux
internal import Glibc
private import Synchronization

/// Event loop: waits for descriptors and calls the handler of each that is ready, on one thread, without polling.
///
/// Everything but ``stop()`` is called on the thread that runs the loop, or before it runs.
public final class EventLoop {
  /// Condition that a descriptor is waited for.
  public enum Interest: Sendable {
    /// Bytes, a connection, or an end of file.
    case readable
    /// Bytes that have come since the last time: one event for whatever arrives, none for what is left unread. So a peer
    /// cannot keep the loop busy by what it leaves in a counter.
    case readableEdge
    /// Room to write.
    case writable
    /// Bytes that have come, or room that has become free, since the last time. For a socket that is read and written until
    /// it would block each time.
    case eitherEdge
    /// The end of the peer of a socket, and nothing else.
    case hangUp
  }

  /// Handle of a registration for ``EventLoop/cancel(_:)``. Releasing it cancels nothing.
  public struct Registration: Hashable, Sendable {
    fileprivate let id: UInt64
  }

  private struct Watch {
    let descriptor: Descriptor
    let handler: () throws -> Void
  }

  private let epoll: Descriptor
  private let wake: EventCounter
  private let stopping = Atomic<Bool>(false)
  private var watches: [UInt64: Watch] = [:]
  private var nextID: UInt64 = 1
  private var readyIDs = [UInt64](repeating: 0, count: 64)
  /// How often the loop woke up: a figure for tests and statistics.
  public private(set) var wakeUps: UInt64 = 0

  /// A loop that waits for nothing yet.
  public init() throws(SystemError) {
    let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard raw >= 0 else { throw SystemError("make an event loop") }
    epoll = Descriptor(owning: raw)
    wake = try EventCounter()
    try add(wake.descriptor, id: 0, interest: .readable)
  }

  /// Calls `handler` each time the descriptor is ready (or its peer is gone), until cancelled.
  ///
  /// The loop keeps the descriptor open meanwhile. An error that the handler throws ends ``run()``.
  @discardableResult
  public func watch(
    _ descriptor: Descriptor, for interest: Interest = .readable, handler: @escaping () throws -> Void
  ) throws(SystemError) -> Registration {
    let id = nextID
    nextID += 1
    try add(descriptor, id: id, interest: interest)
    watches[id] = Watch(descriptor: descriptor, handler: handler)
    return Registration(id: id)
  }

  /// Cancels a registration; does nothing if it has ended already.
  public func cancel(_ registration: Registration) {
    guard let watch = watches.removeValue(forKey: registration.id) else { return }
    // This cannot fail: the descriptor was added, and the table has kept it open.
    _ = clinux_epoll_set(epoll.rawValue, watch.descriptor.rawValue, 0, 0)
  }

  /// Serves events until ``stop()`` or until a handler throws.
  public func run() throws {
    while !stopping.load(ordering: .acquiring) {
      try runOnce(timeoutMilliseconds: -1)
    }
  }

  /// Waits once, at most `timeoutMilliseconds` (−1: for ever), and serves what is ready.
  public func runOnce(timeoutMilliseconds: Int32) throws {
    for id in try wait(timeoutMilliseconds) {
      if id == 0 {
        wake.drain()
      } else if let watch = watches[id] {
        // A handler served before in the same round may have cancelled this one; then it is no longer in the table.
        try watch.handler()
      }
    }
  }

  /// Makes ``run()`` return soon. Any thread may call it, at any time.
  public func stop() {
    stopping.store(true, ordering: .releasing)
    wake.signal()
  }

  private func wait(_ timeoutMilliseconds: Int32) throws(SystemError) -> ArraySlice<UInt64> {
    // Safe: at most 64 numbers are stored, in an array that has 64.
    let ready = unsafe clinux_epoll_wait(epoll.rawValue, &readyIDs, timeoutMilliseconds)
    wakeUps += 1
    if ready < 0, errno != EINTR { throw SystemError("wait for events") }
    return readyIDs.prefix(Int(max(0, ready)))
  }

  private func add(_ descriptor: Descriptor, id: UInt64, interest: Interest) throws(SystemError) {
    let events =
      switch interest {
      case .readable: EPOLLIN.rawValue
      case .readableEdge: EPOLLIN.rawValue | EPOLLET.rawValue
      case .writable: EPOLLOUT.rawValue
      case .eitherEdge: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLET.rawValue
      case .hangUp: EPOLLRDHUP.rawValue
      }
    guard clinux_epoll_set(epoll.rawValue, descriptor.rawValue, events, id) == 0 else {
      throw SystemError("wait for a descriptor")
    }
  }
}

internal import DequeModule
internal import Glibc
private import Synchronization

/// Closer of descriptors that peers sent, on threads of its own: closing may wait for as long as the peer likes, for the data
/// of a socket that lingers or for a file system that is a program.
///
/// One thread more than those that are closing waits for work, so that a descriptor that does not close delays no other. The
/// number of threads is bounded: when all of them wait, descriptors of peers are refused (``isStuck``).
public final class DescriptorCloser: Sendable {
  /// The closer of every ``Descriptor`` of a peer.
  public static let shared = DescriptorCloser(maximumThreads: 32) { number in
    // A network socket must not linger: unsent data is its sender's problem.
    var lingering = linger(l_onoff: 0, l_linger: 0)
    // Safe: the option is read during the call only; other files refuse it.
    _ = unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
    _ = Glibc.close(number)
  }

  /// How many descriptors may wait for a thread before those of peers are refused.
  static let maximumWaiting = 64
  /// How many threads stay when there is nothing to close.
  private static let idleThreads = 4

  private struct State {
    var waiting: Deque<Int32> = []
    var threads = 0
    var idle = 0
    var unclosed = 0
  }

  private let maximumThreads: Int
  private let closing: @Sendable (Int32) -> Void
  private let state = Mutex(State())
  /// Posted once for each descriptor that waits.
  private let work: Semaphore

  init(maximumThreads: Int, closing: @escaping @Sendable (Int32) -> Void) {
    self.maximumThreads = maximumThreads
    self.closing = closing
    work = Semaphore()
  }

  /// True when every thread waits for a descriptor to close, and more descriptors wait for a thread.
  public var isStuck: Bool {
    state.withLock { $0.threads >= maximumThreads && $0.idle == 0 && $0.waiting.count >= Self.maximumWaiting }
  }

  /// How many descriptors are not closed yet: for tests, and for counts of open descriptors.
  public var unclosedCount: Int { state.withLock(\.unclosed) }

  /// Closes a descriptor soon. Returns at once.
  func close(_ number: Int32) {
    let needsThread = state.withLock { state in
      state.waiting.append(number)
      state.unclosed += 1
      return Self.admitThread(&state, upTo: maximumThreads)
    }
    if needsThread { startThread() }
    work.post()
  }

  /// Admits one more thread when none is idle, up to the most there may be.
  private static func admitThread(_ state: inout State, upTo most: Int) -> Bool {
    guard state.idle == 0, state.threads < most else { return false }
    state.threads += 1
    state.idle += 1
    return true
  }

  private func startThread() {
    let thread = try? NamedThread("closer", takesSignals: false) { [self] in run() }
    guard thread == nil else { return }
    // There is no room for a thread now; the next descriptor tries again.
    state.withLock { state in
      state.threads -= 1
      state.idle -= 1
    }
  }

  private func run() {
    while true {
      work.wait()
      let (number, needsThread) = state.withLock { state in
        state.idle -= 1
        let number = state.waiting.popFirst()
        return (number, Self.admitThread(&state, upTo: maximumThreads))
      }
      if needsThread { startThread() }
      if let number { closing(number) }
      let isSuperfluous = state.withLock { state in
        if number != nil { state.unclosed -= 1 }
        guard state.idle < Self.idleThreads || !state.waiting.isEmpty else {
          state.threads -= 1
          return true
        }
        state.idle += 1
        return false
      }
      if isSuperfluous { return }
    }
  }
}

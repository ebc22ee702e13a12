private import DequeModule
internal import Glibc

/// Queue of bounded length between threads: a producer waits for room, a consumer for a value.
@safe
public final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private let capacity: Int
  private var elements: Deque<Element> = []
  private var isClosed = false
  // Both need addresses that never change, which fields of a class do not promise.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>

  /// An empty queue with room for `capacity` values, at least one.
  public init(capacity: Int) {
    self.capacity = max(1, capacity)
    // Safe: both belong to this object, which gives them back in `deinit`.
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    // Safe: both are allocated above, initialised once, and destroyed by `deinit`.
    unsafe pthread_mutex_init(mutex, nil)
    // Safe: as above.
    unsafe pthread_cond_init(changed, nil)
  }

  deinit {
    // Safe: no thread can wait, for a waiting thread holds a reference.
    unsafe pthread_cond_destroy(changed)
    // Safe: as above.
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Appends a value, after waiting for room; false, and the value is lost, when the queue is closed.
  @discardableResult
  public func push(_ element: Element) -> Bool {
    locked {
      while elements.count >= capacity, !isClosed { wait() }
      if !isClosed { elements.append(element) }
      return !isClosed
    }
  }

  /// Takes the oldest value for which `isSuitable` is true, or else the oldest, after waiting for one; nil when the queue is
  /// closed and empty.
  public func pop(preferring isSuitable: (Element) -> Bool = { _ in true }) -> Element? {
    locked {
      while elements.isEmpty, !isClosed { wait() }
      guard !elements.isEmpty else { return nil }
      return elements.remove(at: elements.firstIndex(where: isSuitable) ?? 0)
    }
  }

  /// From now on nothing is appended; what is in the queue can still be taken.
  public func close() {
    locked { isClosed = true }
  }

  private func wait() {
    // Safe: called with the mutex held, which the call gives up while it waits.
    _ = unsafe pthread_cond_wait(changed, mutex)
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    // Safe: the mutex is initialised, and this thread does not hold it.
    unsafe pthread_mutex_lock(mutex)
    defer {
      // Safe: one side may wait for room and the other for a value, so all are woken.
      unsafe pthread_cond_broadcast(changed)
      // Safe: locked above.
      unsafe pthread_mutex_unlock(mutex)
    }
    return body()
  }
}

internal import Glibc

/// Counting semaphore: threads wait until it is posted. Posting makes no system call while no thread waits.
@safe
package final class Semaphore: @unchecked Sendable {
  // It needs an address that never changes, which a field of a class does not promise.
  private let semaphore: UnsafeMutablePointer<sem_t>

  /// A semaphore whose count is 0.
  package init() {
    // Safe: allocated here, initialised once, and given back by `deinit`.
    unsafe semaphore = .allocate(capacity: 1)
    // Safe: as above.
    _ = unsafe sem_init(semaphore, 0, 0)
  }

  deinit {
    // Safe: no thread can wait, for a waiting thread holds a reference.
    _ = unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  /// Adds one to the count, or wakes a thread that waits. Any thread may call it.
  package func post() {
    // Safe: it is initialised.
    _ = unsafe sem_post(semaphore)
  }

  /// Waits until the count is positive, and takes one from it.
  package func wait() {
    // Safe: it is initialised. A signal that arrives meanwhile starts the wait again.
    while unsafe sem_wait(semaphore) != 0, errno == EINTR {}
  }
}

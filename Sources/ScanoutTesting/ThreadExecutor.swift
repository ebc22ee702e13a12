internal import DequeModule
internal import Dispatch
internal import LinuxIO
internal import Synchronization

/// Executor that runs the jobs of an actor on one thread, which does not end: for libraries that belong to a thread.
public final class ThreadExecutor: SerialExecutor {
  private let jobs = Mutex(Deque<UnownedJob>())
  private let count = DispatchSemaphore(value: 0)

  /// Starts the thread.
  public init(named name: String) {
    let thread = try? NamedThread(name) { [self] in
      while true {
        count.wait()
        // There is a job for each signal.
        guard let job = jobs.withLock({ $0.popFirst() }) else { continue }
        // Safe: each job is taken out once, and runs once.
        unsafe job.runSynchronously(on: asUnownedSerialExecutor())
      }
    }
    precondition(thread != nil, "tests need a thread")
  }

  /// Adds a job.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    count.signal()
  }
}

internal import CLinux
internal import Glibc

/// Thread of the operating system that runs one closure, with a name that `top -H` and debuggers show.
@safe
public final class NamedThread: @unchecked Sendable {
  private var thread = pthread_t()
  private var isJoined = false

  /// Starts the thread. The kernel keeps the first 15 bytes of `name`.
  ///
  /// With `takesSignals` false, signals that are sent to the process (such as `SIGTERM`) are left to its other threads,
  /// whatever they do with them, also when this thread is started before a ``SignalWatch`` is made.
  public init(
    _ name: String, takesSignals: Bool = true, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    // Safe: the start block is retained for the new thread, which releases it.
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
    var before = sigset_t()
    // A thread inherits what its maker holds back. Signals of failures are not held back: their handler is to run.
    // Safe: the set is a local that the call fills.
    if !takesSignals { unsafe clinux_hold_signals(&before) }
    // Safe: as above; the thread's number is stored before this returns.
    let result = unsafe pthread_create(&thread, nil, runStart, start.toOpaque())
    // Safe: the set is a local that is only read.
    if !takesSignals { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    guard result == 0 else {
      // Safe: there is no thread that could release it.
      unsafe start.release()
      // Nor one for `deinit`, which runs, to let go.
      isJoined = true
      throw SystemError("start the thread \(name)", code: result)
    }
  }

  /// Waits for the closure to return. Called once, by the owner.
  public func join() {
    guard !isJoined else { return }
    isJoined = true
    _ = pthread_join(thread, nil)
  }

  deinit {
    // A thread that is not joined releases its resources by itself.
    if !isJoined { pthread_detach(thread) }
  }
}

private final class Start {
  let name: String
  let body: @Sendable () -> Void
  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

private func runStart(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  // Safe: the argument is the block that `init` retained for exactly this call.
  let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
  // Safe: the name is only read, up to its zero.
  unsafe clinux_set_thread_name(start.name)
  start.body()
  return nil
}

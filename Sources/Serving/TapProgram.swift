internal import LinuxIO

/// Back-end program that serves one virtual machine.
///
/// A program whose socket is closed has a time to end in, and is killed after it. The loop's thread uses it.
final class TapProgram {
  /// How long a program may take to end, in nanoseconds.
  private static let patience: UInt64 = 1_000_000_000

  private let loop: EventLoop
  private let timer: Timer
  private var child: ChildProcess?
  private var watches: [EventLoop.Registration] = []
  private var whenEnded: ((ChildProcess.Ending?) -> Void)?

  init(_ child: ChildProcess, loop: EventLoop) throws(SystemError) {
    self.child = child
    self.loop = loop
    timer = try Timer()
  }

  deinit {
    cancel()
  }

  /// Calls `completion` once when the program has ended: with how it ended, or with nil when it was killed because it took too
  /// long. Its socket has been closed.
  func end(_ completion: @escaping (ChildProcess.Ending?) -> Void) throws(SystemError) {
    guard let child else { return completion(nil) }
    whenEnded = completion
    watches.append(try loop.watch(child.end) { [weak self] in self?.complete() })
    watches.append(try loop.watch(timer.descriptor) { [weak self] in self?.complete() })
    timer.set(after: Self.patience)
  }

  private func complete() {
    cancel()
    let ending = child?.ending
    // A program that still runs is killed here.
    child = nil
    let completion = whenEnded
    whenEnded = nil
    completion?(ending)
  }

  private func cancel() {
    for watch in watches { loop.cancel(watch) }
    watches = []
  }
}

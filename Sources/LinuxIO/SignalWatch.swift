internal import CLinux
internal import Glibc

/// Descriptor that becomes readable when signals arrive, for an event loop.
///
/// Make it on the main thread before any other thread starts: it blocks the signals, and threads inherit that.
public final class SignalWatch: Sendable {
  /// Readable when one of the signals arrived.
  public let descriptor: Descriptor
  private let signals: [Int32]

  /// Watches `signals` (such as `SIGTERM`) instead of letting them end the process.
  public init(_ signals: [Int32]) throws(SystemError) {
    self.signals = signals
    var set = Self.set(of: signals)
    // Safe: the set is a local that is only read.
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    // Safe: as above.
    let raw = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard raw >= 0 else { throw SystemError("watch for signals") }
    descriptor = Descriptor(owning: raw)
  }

  /// True when this process was started with the signal ignored, as `nohup` does with `SIGHUP`. A watched signal arrives all
  /// the same.
  public static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    // Safe: the structure is a local that the call fills.
    guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
    // Safe: a handler is a pointer, or nil, or the number 1 in place of one.
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
  }

  /// Watches no longer: signals that came before are taken out, and later ones do what they do to other processes. Called on the thread that made the
  /// watch; other threads leave them to it.
  public func release() {
    while take() != nil {}
    var set = Self.set(of: signals)
    // Safe: the set is a local that is only read.
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private static func set(of signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    // Safe: the set is a local that the call fills.
    unsafe sigemptyset(&set)
    for signal in signals {
      // Safe: as above.
      unsafe sigaddset(&set, signal)
    }
    return set
  }

  /// The signal that arrived first and was not taken yet; nil when there is none.
  public func take() -> Int32? {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    // Safe: at most one structure is written to a local of that size.
    guard unsafe read(descriptor.rawValue, &information, size) == size else { return nil }
    return Int32(truncatingIfNeeded: information.ssi_signo)
  }
}

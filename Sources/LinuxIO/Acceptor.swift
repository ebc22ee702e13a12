internal import Glibc

/// Acceptor of connections at a listener, on the thread of an event loop.
///
/// When the system has no descriptor or memory left for one more connection, clients wait and the acceptor tries again after
/// a second: a program that is out of descriptors goes on serving the clients it has.
public final class Acceptor {
  /// Wait after a failure, in nanoseconds.
  private static let pause: UInt64 = 1_000_000_000
  /// Least time between two reports of failures, in nanoseconds.
  private static let reportInterval: UInt64 = 60_000_000_000

  private let listener: UnixListener
  private let loop: EventLoop
  private let accepted: (UnixSocket) throws(SystemError) -> Void
  private let failed: (SystemError) -> Void
  private let timer: Timer
  private var registration: EventLoop.Registration?
  private var timerRegistration: EventLoop.Registration?
  private var lastReport: UInt64?

  /// Hands each connection to `accepted`. `failed` is called for the first connection that could not be accepted or
  /// that `accepted` had no descriptors for, and then at most once a minute.
  public init(
    _ listener: UnixListener, loop: EventLoop, accepted: @escaping (UnixSocket) throws(SystemError) -> Void,
    failed: @escaping (SystemError) -> Void
  ) throws(SystemError) {
    self.listener = listener
    self.loop = loop
    self.accepted = accepted
    self.failed = failed
    timer = try Timer()
    registration = try loop.watch(listener.descriptor) { [weak self] in self?.accept() }
    timerRegistration = try loop.watch(timer.descriptor) { [weak self] in self?.resume() }
  }

  /// Accepts no more connections. The path is removed with the listener.
  public func stop() {
    for watch in [registration, timerRegistration] { if let watch { loop.cancel(watch) } }
    registration = nil
    timerRegistration = nil
  }

  deinit {
    stop()
  }

  private func accept() {
    do {
      if let socket = try listener.accept() { try accepted(socket) }
    } catch {
      pause(after: error)
    }
  }

  /// Stops watching the listener until the timer expires: a client that waits would wake the loop all the time.
  private func pause(after error: SystemError) {
    if let registration { loop.cancel(registration) }
    registration = nil
    timer.set(after: Self.pause)
    guard lastReport.map({ Alarm.now &- $0 >= Self.reportInterval }) ?? true else { return }
    lastReport = Alarm.now
    failed(error)
  }

  private func resume() {
    timer.acknowledge()
    guard timerRegistration != nil, registration == nil else { return }
    do {
      registration = try loop.watch(listener.descriptor) { [weak self] in self?.accept() }
    } catch {
      pause(after: error)
    }
  }
}

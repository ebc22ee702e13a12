internal import Glibc

/// Accepts connections at a listener, on the thread of its event loop, and goes on doing so whatever happens.
///
/// When the system has no descriptor or memory left for one more connection, those who wait are left waiting, and it tries
/// again after a second: a program that is out of descriptors serves on whom it serves.
public final class Acceptor {
  /// How long to wait after a failure, in nanoseconds.
  private static let pause: UInt64 = 1_000_000_000
  /// How long nothing is said after something was, in nanoseconds.
  private static let silence: UInt64 = 60_000_000_000

  private let listener: UnixListener
  private let loop: EventLoop
  private let accepted: (UnixSocket) throws(SystemError) -> Void
  private let failed: (SystemError) -> Void
  private let timer: Timer
  private var registration: EventLoop.Registration?
  private var timerRegistration: EventLoop.Registration?
  private var lastReport: UInt64?

  /// Hands each connection to `accepted`. `failed` hears of the first connection that could not be accepted or that
  /// `accepted` had no descriptors for, and then of one a minute at most.
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
    timerRegistration = try loop.watch(timer.descriptor) { [weak self] in self?.goOn() }
  }

  /// Accepts no more. The path goes when the listener does.
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
      rest(after: error)
    }
  }

  /// Listens no more until the timer goes off: who waits would wake the loop all the time.
  private func rest(after error: SystemError) {
    if let registration { loop.cancel(registration) }
    registration = nil
    timer.set(after: Self.pause)
    guard lastReport.map({ Alarm.now &- $0 >= Self.silence }) ?? true else { return }
    lastReport = Alarm.now
    failed(error)
  }

  private func goOn() {
    timer.acknowledge()
    guard timerRegistration != nil, registration == nil else { return }
    do {
      registration = try loop.watch(listener.descriptor) { [weak self] in self?.accept() }
    } catch {
      rest(after: error)
    }
  }
}

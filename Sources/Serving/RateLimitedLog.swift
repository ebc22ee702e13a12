public import Logging
internal import LinuxIO
internal import Text

/// Passes on log lines that a guest or a peer can trigger, at a bounded rate, and says how many it left out.
///
/// 100 lines a minute for whoever does not ask for the levels debug and trace, and 1000 of those levels for who does. To be
/// used from one thread.
public final class RateLimitedLog {
  private static let minute: UInt64 = 60_000_000_000

  private let log: Logger
  private let limit: Int
  private let now: () -> UInt64
  private var limiter: RateLimiter
  private var debugLimiter: RateLimiter

  /// Passes lines to `log`.
  public convenience init(_ log: Logger) {
    self.init(log) { Alarm.now }
  }

  /// Takes the time from `now`, in nanoseconds.
  package init(_ log: Logger, limit: Int = 100, now: @escaping () -> UInt64) {
    self.log = log
    self.limit = limit
    self.now = now
    limiter = RateLimiter(count: limit, interval: Self.minute)
    debugLimiter = RateLimiter(count: 10 * limit, interval: Self.minute)
  }

  /// Logs a sentence, or leaves it out.
  public func log(_ level: Logger.Level, _ sentence: String, _ metadata: Logger.Metadata? = nil) {
    guard level >= log.logLevel else { return }
    if level > .debug {
      guard limiter.take(at: now()) else { return }
      sayRefused(&limiter, level)
    } else {
      guard debugLimiter.take(at: now()) else { return }
      sayRefused(&debugLimiter, level)
    }
    log.log(level: level, "\(sentence)", metadata: metadata)
  }

  deinit {
    // Otherwise said before the next line.
    sayRefused(&limiter, .info)
    sayRefused(&debugLimiter, .debug)
  }

  private func sayRefused(_ limiter: inout RateLimiter, _ level: Logger.Level) {
    let refused = limiter.takeRefused()
    guard refused > 0 else { return }
    let most = level > .debug ? limit : 10 * limit
    let sentence = "\(count(refused, "line")) left out: \(most) a minute are logged of what guests and peers cause"
    log.log(level: level, "\(sentence)")
  }
}

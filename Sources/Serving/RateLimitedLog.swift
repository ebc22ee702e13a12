public import Logging
internal import LinuxIO
internal import Text

/// Log for lines that a guest or a peer can trigger: passes them on at a bounded rate, and logs how many it left out.
///
/// The limit is 100 lines a minute of the levels info and above, and 1000 lines of the levels debug and trace. Used from one
/// thread.
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
      logRefused(&limiter, level)
    } else {
      guard debugLimiter.take(at: now()) else { return }
      logRefused(&debugLimiter, level)
    }
    log.log(level: level, "\(sentence)", metadata: metadata)
  }

  deinit {
    // Otherwise logged before the next line.
    logRefused(&limiter, .info)
    logRefused(&debugLimiter, .debug)
  }

  private func logRefused(_ limiter: inout RateLimiter, _ level: Logger.Level) {
    let refused = limiter.takeRefused()
    guard refused > 0 else { return }
    let most = level > .debug ? limit : 10 * limit
    let sentence = "\(count(refused, "line")) left out: \(most) a minute are logged of what guests and peers cause"
    log.log(level: level, "\(sentence)")
  }
}

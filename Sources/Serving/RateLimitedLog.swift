internal import LinuxIO
public import Logging
internal import Text

/// Log for lines that a guest or a peer can trigger: passes them on at a bounded rate, and logs how many it left out.
///
/// The limit is 100 lines a minute of the levels info and above, and 1000 lines of the levels debug and trace. One
/// thread uses it.
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

  /// Passes lines to `log`, and reads the time from `now`, in nanoseconds.
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
    // There is no next line that would log the count.
    logRefused(&limiter, .info)
    logRefused(&debugLimiter, .debug)
  }

  private func logRefused(_ limiter: inout RateLimiter, _ level: Logger.Level) {
    let refused = limiter.takeRefused()
    guard refused > 0 else { return }
    let allowed = level > .debug ? limit : 10 * limit
    let reason = "of lines that guests and peers cause, at most \(allowed) a minute are logged"
    log.log(level: level, "\(count(refused, "line")) left out: \(reason)")
  }
}

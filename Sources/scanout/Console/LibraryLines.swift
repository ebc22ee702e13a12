import LinuxIO
import Synchronization
import Text

/// Filter of the lines that libraries write to standard error: escapes them, and limits their rate, because a guest can
/// cause them.
final class LibraryLines: Sendable {
  private static let minute: UInt64 = 60_000_000_000

  private let writer: LineWriter
  private let linesPerMinute: Int
  private let limiter: Mutex<RateLimiter>

  init(_ writer: LineWriter, linesPerMinute: Int) {
    self.writer = writer
    self.linesPerMinute = linesPerMinute
    limiter = Mutex(RateLimiter(count: linesPerMinute, interval: Self.minute))
  }

  /// Passes on a line, or leaves it out.
  func pass(_ line: String) {
    guard limiter.withLock({ $0.take() }) else { return }
    writeRefused()
    writer.write(line.printable)
  }

  /// Writes how many lines were left out, as the next line would.
  func writeRefused() {
    let refused = limiter.withLock { $0.takeRefused() }
    guard refused > 0 else { return }
    writer.write("scanout: \(count(refused, "line")) of libraries left out: \(linesPerMinute) a minute are passed on")
  }
}

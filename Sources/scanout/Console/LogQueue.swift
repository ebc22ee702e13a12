import LinuxIO
import Text

/// Bounded queue of log lines for standard error, with a thread that writes them: a device never waits for a reader.
final class LogQueue: Sendable {
  /// Maximum time that the end of the program, or a result after log lines, waits for their reader, in milliseconds.
  private static let readerTimeout: Int32 = 5_000

  /// Standard error of the program.
  let original: Descriptor
  private let writer: LineWriter
  private let libraries: LibraryLines?
  private let standardError: StandardError?

  /// Starts the thread. With `catchingLibraries`, standard error is replaced, and of the lines that libraries write to
  /// it, this many a minute are passed on.
  init(catchingLibraries linesPerMinute: Int?) throws(SystemError) {
    let original = try StandardError.duplicate()
    let writer = try LineWriter(to: original) {
      "scanout: warning: \(count($0, "line")) dropped here: they were not read in time"
    }
    self.original = original
    self.writer = writer
    guard let linesPerMinute else {
      (libraries, standardError) = (nil, nil)
      return
    }
    let libraries = LibraryLines(writer, linesPerMinute: linesPerMinute)
    self.libraries = libraries
    standardError = try StandardError { libraries.pass($0) }
  }

  func write(_ line: String, terminator: String = "\n") { writer.write(line, terminator: terminator) }

  func offer(_ text: String) { writer.offer(text) }

  /// Waits until the lines of the queue are written, for five seconds at most.
  func flush() { writer.flush(withinMilliseconds: Self.readerTimeout) }

  /// Writes the rest of the queue at the end of the program.
  func finish() {
    standardError?.finish()
    libraries?.writeRefused()
    writer.finish(withinMilliseconds: Self.readerTimeout)
  }
}

import LinuxIO
import Text

/// The way of log lines to standard error while a device runs: a bounded queue, with a thread that writes.
final class LogQueue: Sendable {
  /// How long the end of the program waits for a reader, and an answer for the lines before it, in milliseconds.
  private static let patience: Int32 = 5_000

  /// Where people read.
  let original: Descriptor
  private let writer: LineWriter
  private let libraries: LibraryLines?
  private let standardError: StandardError?

  /// Starts the thread; with `catchingLibraries`, standard error is taken over as well, and of what libraries write there
  /// so many lines a minute are passed on.
  init(catchingLibraries linesPerMinute: Int?) throws(SystemError) {
    let original = try StandardError.duplicate()
    let writer = try LineWriter(to: original) {
      "scanout: warning: \(count($0, "line")) dropped here: nobody read them in time"
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

  /// Waits for what was said before, for a while.
  func flush() { writer.flush(withinMilliseconds: Self.patience) }

  /// The end of the program.
  func finish() {
    standardError?.finish()
    libraries?.sayRefused()
    writer.finish(withinMilliseconds: Self.patience)
  }
}

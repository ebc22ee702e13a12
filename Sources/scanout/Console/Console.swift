import Glibc
import LinuxIO
import Synchronization
import Text

/// Where people read.
///
/// What is said to them goes to standard error, and what they asked for to standard output. A command that runs a device
/// calls ``startQueue(catchingLibraries:)``, after which nothing that is said waits for its reader.
enum Console {
  private static let queue = Mutex<LogQueue?>(nil)
  private static let lostAnswer = Mutex<SystemError?>(nil)

  /// Writes a sentence to standard error, after the program's name. More lines of it follow indented.
  static func say(_ sentence: String) {
    let lines = sentence.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
    for (index, line) in lines.enumerated() { writeError("scanout: \(index == 0 ? "" : "  ")\(line)") }
  }

  /// Writes lines to standard error as they are, without the program's name.
  static func explain(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { writeError(String(line).printable) }
  }

  /// Writes a line to standard output: what was asked for. Waits for whoever reads it, so a device never calls this.
  static func answer(_ line: String) {
    write(line + "\n", to: STDOUT_FILENO)
  }

  /// Writes text to standard output, or to standard error, as it is.
  static func write(_ text: String, to descriptor: Int32) {
    // A terminal shows them in the order in which they were said.
    queue.withLock { $0 }?.flush()
    guard let error = writeAll(text, to: descriptor), descriptor == STDOUT_FILENO else { return }
    lostAnswer.withLock { $0 = $0 ?? error }
  }

  /// Shows a line that the next one replaces, if standard error takes it at once.
  static func draw(_ line: String) {
    offer("\r\(line)", isLast: false)
  }

  /// Takes such a line away.
  static func erase() {
    offer("\r\u{1b}[2K", isLast: true)
  }

  private static func offer(_ text: String, isLast: Bool) {
    if let queue = queue.withLock({ $0 }) {
      if isLast { queue.write(text, terminator: "") } else { queue.offer(text) }
      return
    }
    var room = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    // Safe: one entry is read and written, a local that lives across the call.
    guard unsafe poll(&room, 1, 0) == 1 else { return }
    _ = writeAll(text, to: STDERR_FILENO)
  }

  /// True when people see what is said as it comes, and not in a file or another program.
  static var isTerminal: Bool { isatty(queue.withLock { $0 }?.original.rawValue ?? STDERR_FILENO) == 1 }

  /// Why not all of what was asked for could be written, such as a full disk; nil: it was.
  ///
  /// A reader that has left, as `head` does when it has seen enough, is no reason: it got what it wanted.
  static var answerFailure: SystemError? { lostAnswer.withLock { $0 } }

  /// From now on nothing that is said waits for its reader; what nobody reads is dropped, and counted.
  ///
  /// With `catchingLibraries`, so does what libraries write to standard error; at most so many lines of it a minute are
  /// passed on. At the end of the program the rest is written, if its reader takes it within five seconds.
  static func startQueue(catchingLibraries linesPerMinute: Int? = nil) {
    queue.withLock { queue in
      // Without descriptors or threads there is no queue, and the command that needs more of them says so.
      guard queue == nil, let new = try? LogQueue(catchingLibraries: linesPerMinute) else { return }
      queue = new
      atexit { Console.finish() }
    }
  }

  /// The end of the program: what was said before is written, if its reader takes it in time.
  static func finish() {
    queue.withLock { $0 }?.finish()
  }

  private static func writeError(_ line: String) {
    if let queue = queue.withLock({ $0 }) { queue.write(line) } else { _ = writeAll(line + "\n", to: STDERR_FILENO) }
  }

  /// Writes all of a text and waits for its reader; returns what went wrong.
  private static func writeAll(_ text: String, to descriptor: Int32) -> SystemError? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      // Safe: the bytes are read during the call only.
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      let code = errno
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if count < 0, code == EAGAIN {
        // Somebody else who has the file made it non-blocking.
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Safe: one entry is read and written, a local that lives across the call.
        _ = unsafe poll(&room, 1, -1)
      } else if count == 0 || code != EINTR {
        return code == EPIPE ? nil : SystemError("write to standard output", code: code)
      }
    }
    return nil
  }
}

import Glibc
import LinuxIO
import Synchronization
import Text

/// Output of the program: results to standard output, messages to standard error.
///
/// A command that runs a device calls ``startQueue(catchingLibraries:)``, after which no message waits for its reader.
enum Console {
  private static let queue = Mutex<LogQueue?>(nil)
  private static let lostOutput = Mutex<SystemError?>(nil)
  private static let guestName = Mutex<String?>(nil)

  /// Names the guest that this program serves, one of several, in every message from now on.
  static func nameGuest(_ name: String) {
    guestName.withLock { $0 = name }
  }

  /// Writes a message to standard error, after the program's name. Its further lines are indented.
  static func note(_ sentence: String) {
    let lines = sentence.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
    let start = "scanout: " + (guestName.withLock { $0 }.map { "\($0): " } ?? "")
    for (index, line) in lines.enumerated() { writeError("\(start)\(index == 0 ? "" : "  ")\(line)") }
  }

  /// Writes a message to standard error without the program's name.
  static func noteVerbatim(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { writeError(String(line).printable) }
  }

  /// Writes a line of the result to standard output. It waits for the reader, so a device never calls this.
  static func print(_ line: String) {
    write(line + "\n", to: STDOUT_FILENO)
  }

  /// Writes text to standard output, or to standard error, as it is.
  static func write(_ text: String, to descriptor: Int32) {
    // A terminal shows results and messages in their order.
    queue.withLock { $0 }?.flush()
    guard let error = writeAll(text, to: descriptor), descriptor == STDOUT_FILENO else { return }
    lostOutput.withLock { $0 = $0 ?? error }
  }

  /// Shows a line that the next one replaces, if standard error takes it at once.
  static func draw(_ line: String) {
    offer("\r\(line)", isLast: false)
  }

  /// Removes the line that ``draw(_:)`` shows.
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

  /// True when standard error is a terminal.
  static var isTerminal: Bool { isatty(queue.withLock { $0 }?.original.rawValue ?? STDERR_FILENO) == 1 }

  /// Error that kept the result from being written completely, such as a full disk; nil: there was none.
  ///
  /// A reader that leaves early, as `head` does, is not an error.
  static var outputFailure: SystemError? { lostOutput.withLock { $0 } }

  /// A second descriptor for standard output.
  static func standardOutput() throws(SystemError) -> Descriptor {
    let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    guard copy >= 0 else { throw SystemError("duplicate standard output", code: errno) }
    return Descriptor(owning: copy)
  }

  /// Standard error as the program was given it, also while the lines of libraries are caught.
  static func standardError() throws(SystemError) -> Descriptor {
    if let original = queue.withLock({ $0?.original }) { return original }
    return try StandardError.duplicate()
  }

  /// Starts the queue of messages: from now on no message waits for its reader, and those that are not read in time are
  /// dropped and counted.
  ///
  /// With `catchingLibraries`, lines that libraries write to standard error go through the queue as well, at most this
  /// many a minute. At the end of the program the rest of the queue is written, if its reader takes it within five
  /// seconds.
  static func startQueue(catchingLibraries linesPerMinute: Int? = nil) {
    queue.withLock { queue in
      // Without descriptors or threads there is no queue, and the command that needs more of them says so.
      guard queue == nil, let new = try? LogQueue(catchingLibraries: linesPerMinute) else { return }
      queue = new
      atexit { Console.finish() }
    }
  }

  /// Writes the rest of the queue at the end of the program, if its reader takes it in time.
  static func finish() {
    queue.withLock { $0 }?.finish()
  }

  private static func writeError(_ line: String) {
    if let queue = queue.withLock({ $0 }) { queue.write(line) } else { _ = writeAll(line + "\n", to: STDERR_FILENO) }
  }

  /// Writes all of a text and waits for its reader; returns the error, nil if there was none.
  private static func writeAll(_ text: String, to descriptor: Int32) -> SystemError? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      // Safe: the bytes are read during the call only.
      let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      let code = errno
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if count < 0, code == EAGAIN {
        // Another process that has the file made it non-blocking.
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

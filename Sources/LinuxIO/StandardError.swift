internal import CLinux
internal import Glibc
private import Synchronization

/// Redirection of this process's standard error, libraries included, into a closure that gets it line by line.
///
/// Descriptor 2 becomes a pipe that a thread of its own empties. So a library that writes to it never waits for the
/// reader of the real standard error, which is ``original``. At a crash, text written before still reaches that. Programs that
/// are started meanwhile inherit the pipe. One such object at a time.
public final class StandardError: Sendable {
  /// The longest line that is passed on in one piece, in bytes.
  public static let longestLine = 1024

  /// The real standard error.
  public let original: Descriptor
  private let stop: EventCounter
  private let thread: NamedThread
  private let isFinished = Atomic<Bool>(false)

  /// A second descriptor for what descriptor 2 is now.
  public static func duplicate() throws(SystemError) -> Descriptor {
    let copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    guard copy >= 0 else { throw SystemError("duplicate standard error") }
    return Descriptor(owning: copy)
  }

  /// Replaces descriptor 2. `line` gets each line, without its end, on the thread that empties the pipe; it must not wait.
  public init(passing line: @escaping @Sendable (String) -> Void) throws(SystemError) {
    let (reader, writer) = try Self.makePipe()
    let original = try Self.duplicate()
    let stop = try EventCounter()
    self.original = original
    self.stop = stop
    thread = try NamedThread("standard-error", takesSignals: false) {
      var intake = Intake(reader, stop: stop, pass: line)
      intake.run()
    }
    clinux_crash_output(original.rawValue, reader.rawValue)
    dup2(writer.rawValue, STDERR_FILENO)
  }

  deinit {
    finish()
  }

  /// Restores standard error after everything written so far has been passed on. What other programs still write into the
  /// pipe is lost. May be called more than once.
  public func finish() {
    guard !isFinished.exchange(true, ordering: .acquiringAndReleasing) else { return }
    dup2(original.rawValue, STDERR_FILENO)
    clinux_crash_output(-1, -1)
    stop.signal()
    thread.join()
  }

  /// A pipe whose reader never waits, and whose writer does.
  private static func makePipe() throws(SystemError) -> (reader: Descriptor, writer: Descriptor) {
    var (reader, writer): (Int32, Int32) = (-1, -1)
    // Safe: two integers are written to locals.
    guard unsafe clinux_pipe(&reader, &writer) == 0 else { throw SystemError("make a pipe") }
    return (Descriptor(owning: reader), Descriptor(owning: writer))
  }
}

/// The work of the thread that empties the pipe.
private struct Intake {
  private let reader: Descriptor
  private let stop: EventCounter
  private let pass: @Sendable (String) -> Void
  /// The start of a line whose end has not come.
  private var line: [UInt8] = []

  init(_ reader: Descriptor, stop: EventCounter, pass: @escaping @Sendable (String) -> Void) {
    self.reader = reader
    self.stop = stop
    self.pass = pass
  }

  mutating func run() {
    var entries = [reader, stop.descriptor].map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
    while true {
      // Safe: two entries are read and written, and the array has them.
      if unsafe poll(&entries, 2, -1) < 0, errno != EINTR { break }
      let isEnding = entries[1].revents != 0
      // Another program may go on writing: at the end at most one pipe's length of that is read.
      var turns = 256
      while read(), turns > 0 { turns -= isEnding ? 1 : 0 }
      if isEnding { break }
    }
    end()
  }

  /// Passes on what is in the pipe; false when it was empty.
  private mutating func read() -> Bool {
    // What is neither in the pipe nor written counts, for the sake of a crash.
    clinux_unwritten_lines(1)
    defer { clinux_unwritten_lines(-1) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    // Safe: at most so many bytes are written as the array has.
    let count = unsafe Glibc.read(reader.rawValue, &bytes, bytes.count)
    guard count > 0 else { return false }
    for byte in bytes.prefix(count) {
      if byte == 0x0a {
        pass(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
      } else {
        if line.count == StandardError.longestLine { end() }
        line.append(byte)
      }
    }
    return true
  }

  private mutating func end() {
    guard !line.isEmpty else { return }
    pass(String(decoding: line, as: UTF8.self))
    line.removeAll(keepingCapacity: true)
  }
}

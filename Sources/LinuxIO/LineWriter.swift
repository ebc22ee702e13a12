internal import CLinux
internal import Glibc
private import Synchronization

/// Writer of lines to a descriptor, on a thread of its own: callers never wait for the reader.
///
/// The queue is bounded: a line for which there is no room is dropped, and a line with the number of dropped lines
/// follows as soon as there is room again. When a write fails (a full disk, a reader that left) the lines are dropped
/// as well, and the next try is a second later at the earliest. Any thread may write lines.
public final class LineWriter: Sendable {
  private let shared: Shared
  private let thread: NamedThread

  /// Starts the thread that writes to `descriptor`, whose flags are left alone. The queue holds at most `capacity` bytes.
  ///
  /// `notice` makes the line that says how many lines were dropped. Throws when there is no thread or no descriptor left.
  public init(
    to descriptor: Descriptor, capacity: Int = 256 << 10, notice: @escaping @Sendable (Int) -> String
  ) throws(SystemError) {
    let shared = try Shared(descriptor, capacity: capacity, notice: notice)
    self.shared = shared
    thread = try NamedThread("log-writer", takesSignals: false) { shared.run() }
  }

  deinit {
    // A thread that waits for its reader is abandoned.
    shared.endSoon()
  }

  /// Appends a line with its end. Never waits.
  public func write(_ line: String, terminator: String = "\n") {
    shared.push(Array(line.utf8) + Array(terminator.utf8))
  }

  /// Appends text as it is, such as a progress bar, if everything before it was written; or else drops it silently.
  /// Never waits.
  public func offer(_ text: String) {
    shared.push(Array(text.utf8), onlyWhenIdle: true)
  }

  /// Waits until every line was written or dropped; false when `limit` milliseconds were not enough. Called from one
  /// thread at a time.
  @discardableResult
  public func flush(withinMilliseconds limit: Int32) -> Bool {
    shared.waitUntilIdle(limit)
  }

  /// Writes the queued lines and ends the thread. False when the thread still waits for its reader after `limit`
  /// milliseconds: it is abandoned, and the queue is lost with the process. No line may be written afterwards. May be
  /// called more than once.
  @discardableResult
  public func finish(withinMilliseconds limit: Int32) -> Bool {
    shared.endSoon()
    guard shared.waitUntilEnded(limit) else { return false }
    thread.join()
    return true
  }

  /// How often the descriptor was written to: a figure for tests.
  package var attempts: Int { shared.attempts }
}

extension LineWriter {
  /// State that the writers and the thread share.
  private final class Shared: Sendable {
    private struct State {
      var lines: [[UInt8]] = []
      /// The bytes of all lines that were neither written nor dropped, the one that is being written included.
      var bytes = 0
      var dropped = 0
      /// True after a write that failed, until one that did not.
      var isFailing = false
      var isEnding = false
      var attempts = 0
    }

    private static let pause: UInt64 = 1_000_000_000

    private let descriptor: Descriptor
    private let capacity: Int
    private let notice: @Sendable (Int) -> String
    private let state = Mutex(State())
    private let wakeUp: EventCounter
    private let idle: EventCounter
    private let ended: EventCounter

    init(
      _ descriptor: Descriptor, capacity: Int, notice: @escaping @Sendable (Int) -> String
    ) throws(SystemError) {
      self.descriptor = descriptor
      self.capacity = capacity
      self.notice = notice
      wakeUp = try EventCounter()
      idle = try EventCounter()
      ended = try EventCounter()
    }

    var attempts: Int { state.withLock { $0.attempts } }

    func push(_ line: [UInt8], onlyWhenIdle: Bool = false) {
      let isFirst = state.withLock { state in
        let wasEmpty = state.lines.isEmpty
        if onlyWhenIdle, state.bytes > 0 { return false }
        // There may be room for a line and not for the one before it, which was longer. Their order is kept.
        guard state.bytes <= capacity - line.count, sayDropped(&state, before: line.count) else {
          state.dropped += 1
          return false
        }
        append(line, &state)
        return wasEmpty
      }
      if isFirst { wakeUp.signal() }
    }

    /// Appends the line with the number of dropped lines, if any were dropped; false when there is no room for it
    /// and the next line.
    private func sayDropped(_ state: inout State, before count: Int = 0) -> Bool {
      guard state.dropped > 0 else { return true }
      let line = Array(notice(state.dropped).utf8) + [0x0a]
      guard state.bytes <= capacity - line.count - count else { return false }
      state.dropped = 0
      append(line, &state)
      return true
    }

    private func append(_ line: [UInt8], _ state: inout State) {
      state.lines.append(line)
      state.bytes += line.count
      clinux_unwritten_lines(1)
    }

    func endSoon() {
      state.withLock { $0.isEnding = true }
      wakeUp.signal()
    }

    func waitUntilEnded(_ limit: Int32) -> Bool {
      // Not taken: a later call gets the same result.
      (try? ended.descriptor.wait(for: .readable, timeoutMilliseconds: limit)) ?? false
    }

    func waitUntilIdle(_ limit: Int32) -> Bool {
      let end = Alarm.now + UInt64(max(0, limit)) * 1_000_000
      while state.withLock({ $0.bytes > 0 }) {
        let now = Alarm.now
        guard now < end else { return false }
        _ = try? idle.wait(timeoutMilliseconds: Int32((end - now) / 1_000_000 + 1))
      }
      return true
    }

    // MARK: - The thread

    func run() {
      while true {
        let (lines, isEnding) = takeLines()
        if !lines.isEmpty {
          write(lines)
        } else if isEnding {
          break
        } else {
          idle.signal()
          _ = try? wakeUp.wait(timeoutMilliseconds: -1)
        }
      }
      idle.signal()
      ended.signal()
    }

    private func takeLines() -> ([[UInt8]], isEnding: Bool) {
      state.withLock { state in
        // A reader that reads again is told at once how much it missed. A descriptor that takes nothing is not tried for this alone.
        if state.lines.isEmpty, !state.isFailing { _ = sayDropped(&state) }
        defer { state.lines = [] }
        return (state.lines, state.isEnding)
      }
    }

    private func write(_ lines: [[UInt8]]) {
      for line in lines {
        let isWritten = write(line)
        clinux_unwritten_lines(-1)
        state.withLock { state in
          state.bytes -= line.count
          state.attempts += 1
          state.isFailing = !isWritten
          if !isWritten { state.dropped += 1 }
        }
        if !isWritten { pause() }
      }
      idle.signal()
    }

    /// Waits a second, except at the end, which a caller waits for.
    private func pause() {
      let end = Alarm.now + Self.pause
      while !state.withLock({ $0.isEnding }) {
        let now = Alarm.now
        guard now < end else { break }
        _ = try? wakeUp.wait(timeoutMilliseconds: Int32((end - now) / 1_000_000 + 1))
      }
    }

    /// Writes all of a line, waiting for room; false when the descriptor does not take it.
    private func write(_ line: [UInt8]) -> Bool {
      var rest = line[...]
      while !rest.isEmpty {
        // This thread takes no signals, so a reader that left is an error and nothing else.
        // Safe: the bytes are read during the call only; their number is passed along.
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor.rawValue, $0.baseAddress, $0.count) }
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if count < 0, errno == EINTR {
          continue
        } else if count < 0, errno == EAGAIN {
          // Another process that has the file made it non-blocking.
          guard (try? descriptor.wait(for: .writable, timeoutMilliseconds: -1)) == true else { return false }
        } else {
          return false
        }
      }
      return true
    }
  }
}

internal import Glibc
private import Synchronization

/// Output of another program that a thread of its own passes on, byte by byte as it comes.
///
/// The thread waits for the reader of the target, and then the other program does, as if it wrote there itself. Nobody else
/// waits.
public final class PassedOutput: Sendable {
  private static let blockSize = 1 << 14
  /// How many blocks are read at the end: as much as a pipe can hold.
  private static let lastBlocks = 64

  private let stop: EventCounter
  private let ended: EventCounter
  private let thread: NamedThread

  /// Starts the thread that reads `source`, whose reads never wait, and writes to `target`. `look` gets every block before it is
  /// passed on, on that thread.
  public init(
    from source: Descriptor, to target: Descriptor, look: @escaping @Sendable ([UInt8]) -> Void
  ) throws(SystemError) {
    let (stop, ended) = (try EventCounter(), try EventCounter())
    (self.stop, self.ended) = (stop, ended)
    thread = try NamedThread("command-output", takesSignals: false) {
      Self.pass(source, target, stop, look)
      ended.signal()
    }
  }

  deinit {
    // A thread that waits for its reader is abandoned.
    stop.signal()
  }

  /// Passes on what has been written so far, and ends the thread; false when its reader did not take that within `limit`
  /// milliseconds: then the thread is abandoned. May be called more than once.
  @discardableResult
  public func finish(withinMilliseconds limit: Int32) -> Bool {
    stop.signal()
    // Not taken: a later call gets the same result.
    guard (try? ended.descriptor.wait(for: .readable, timeoutMilliseconds: limit)) == true else { return false }
    thread.join()
    return true
  }

  private static func pass(
    _ source: Descriptor, _ target: Descriptor, _ stop: EventCounter, _ look: ([UInt8]) -> Void
  ) {
    var entries = [source, stop.descriptor].map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
    while true {
      // Safe: two entries are read and written, and the array has them.
      if unsafe poll(&entries, 2, -1) < 0, errno != EINTR { return }
      let isEnding = entries[1].revents != 0
      var turns = isEnding ? lastBlocks : 1
      while turns > 0 {
        turns -= 1
        switch read(source) {
        case nil: return
        case []?: turns = 0
        case let bytes?:
          look(bytes)
          write(bytes, to: target)
        }
      }
      if isEnding { return }
    }
  }

  /// What has come; empty when nothing has, nil at the end.
  private static func read(_ source: Descriptor) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: blockSize)
    // Safe: at most so many bytes are written as the array has.
    let count = unsafe Glibc.read(source.rawValue, &bytes, bytes.count)
    if count < 0 { return errno == EAGAIN || errno == EINTR ? [] : nil }
    return count == 0 ? nil : Array(bytes.prefix(count))
  }

  /// Writes all bytes. What a reader that left would have got is lost, and the program's output is read on.
  private static func write(_ bytes: [UInt8], to target: Descriptor) {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Safe: the bytes are read during the call only; their number is passed along.
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(target.rawValue, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count < 0, errno == EINTR {
        continue
      } else if count < 0, errno == EAGAIN {
        // Another process that has the file made it non-blocking.
        guard (try? target.wait(for: .writable, timeoutMilliseconds: -1)) == true else { return }
      } else {
        return
      }
    }
  }
}

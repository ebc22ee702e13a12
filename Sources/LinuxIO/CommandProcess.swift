internal import CLinux
internal import Glibc
internal import Text

/// Command that this process started, in a process group of its own, with pipes for its output.
///
/// It has an empty standard input and no other descriptor of this process, and holds back no signal. Signals of this process's
/// terminal do not reach it. When this object is released, what is left of its group is killed. Any thread may use it.
public final class CommandProcess: Sendable {
  /// How long a killed process may take to end, in milliseconds, before it is left to the system.
  private static let endTimeout: Int32 = 1000

  /// Readable once the process has ended, for an event loop.
  public let end: Descriptor
  /// What it writes to its standard output; reading never waits.
  public let output: Descriptor
  /// What it writes to its standard error; reading never waits.
  public let errors: Descriptor
  private let identifier: Int32

  /// Starts a program, which `PATH` is searched for unless its name has a slash, with the arguments that follow its name.
  public init(_ words: [String]) throws(SystemError) {
    guard let name = words.first, !name.isEmpty else {
      throw SystemError("start a command without a name", code: ENOENT)
    }
    let operation = "start \(name.printable)"
    guard !words.contains(where: { $0.utf8.contains(0) }) else { throw SystemError(operation, code: EINVAL) }
    let (output, outputEnd) = try Self.makePipe()
    let (errors, errorsEnd) = try Self.makePipe()
    var bytes: [CChar] = []
    for word in words { bytes += word.systemPath }
    // Safe: `bytes` holds as many strings as there are words, each ended by a zero, and is read during the call only.
    let result = unsafe clinux_spawn_command(bytes, words.count, outputEnd.rawValue, errorsEnd.rawValue)
    guard result > 0 else { throw SystemError(operation, code: -result) }
    // Nothing else waits for the process, so its number stays its own.
    let raw = clinux_open_process(result)
    guard raw >= 0 else {
      let error = SystemError("watch the process \(name.printable)")
      _ = Glibc.kill(-result, SIGKILL)
      while waitpid(result, nil, 0) < 0, errno == EINTR {}
      throw error
    }
    identifier = result
    end = Descriptor(owning: raw)
    (self.output, self.errors) = (output, errors)
  }

  /// How it ended; nil: it has not. Never waits.
  public var ending: ChildProcess.Ending? {
    var value: Int32 = 0
    // Safe: one integer is written to a local that lives across the call.
    return switch unsafe clinux_process_ending(identifier, &value) {
    case 1: .exited(value)
    case 2: .killed(signal: value)
    default: nil
    }
  }

  /// Sends a signal to all processes of its group, also to those that outlived it.
  public func send(_ signal: Int32) {
    // The number is that of the group until the process is waited for, which `deinit` does.
    _ = Glibc.kill(-identifier, signal)
  }

  deinit {
    send(SIGKILL)
    guard (try? end.wait(for: .readable, timeoutMilliseconds: Self.endTimeout)) == true else { return }
    // What has ended is not waited for.
    _ = waitpid(identifier, nil, Int32(WNOHANG))
  }

  /// A pipe whose reader never waits, and whose writer does.
  private static func makePipe() throws(SystemError) -> (reader: Descriptor, writer: Descriptor) {
    var (reader, writer): (Int32, Int32) = (-1, -1)
    // Safe: two integers are written to locals.
    guard unsafe clinux_pipe(&reader, &writer) == 0 else { throw SystemError("make a pipe") }
    return (Descriptor(owning: reader), Descriptor(owning: writer))
  }
}

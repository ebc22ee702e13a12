internal import CLinux
internal import Glibc
internal import Text

/// Program that this one started, with a socket between the two.
///
/// It shares this process's standard output and error unless it is given others, has an empty standard input, no other descriptor but the socket, and
/// holds back no signal. It is killed when this object is released. Any thread may use it.
public final class ChildProcess: Sendable {
  /// The descriptor number at which the program finds its end of the socket.
  public static let socketNumber: Int32 = 3

  /// How a process ended.
  public enum Ending: Equatable, Sendable {
    /// It ended by itself, with this exit code.
    case exited(Int32)
    /// This signal killed it.
    case killed(signal: Int32)
  }

  /// How long a killed process may take to end, in milliseconds, before it is left to the system. A driver of a device
  /// may keep it.
  private static let endTimeout: Int32 = 1000

  /// The number of the process.
  public let identifier: Int32
  /// Readable once the process has ended, for an event loop.
  public let end: Descriptor

  /// Starts the program at `path`, which `PATH` is not searched for, with the arguments that follow its name.
  ///
  /// With `output` it writes what it prints there. With `ignoresTerminal` the signals of this process's terminal, such as that of Ctrl-C, do not reach it.
  public init(
    _ path: String, _ arguments: [String], socket: UnixSocket, output: Descriptor? = nil,
    ignoresTerminal: Bool = false
  ) throws(SystemError) {
    let words = [path] + arguments
    guard !words.contains(where: { $0.utf8.contains(0) }) else { throw SystemError("start \(path)", code: EINVAL) }
    var bytes: [CChar] = []
    for word in words { bytes += word.systemPath }
    // Safe: `bytes` holds as many strings as there are words, each ended by a zero, and is read during the call only.
    let result = unsafe clinux_spawn(
      path.systemPath, bytes, words.count, socket.descriptor.rawValue, Self.socketNumber,
      ignoresTerminal ? 1 : 0, output?.rawValue ?? -1)
    guard result > 0 else { throw SystemError("start \(path)", code: -result) }
    // Nothing else waits for the process, so its number stays its own.
    let raw = clinux_open_process(result)
    guard raw >= 0 else {
      let error = SystemError("watch the process \(path)")
      Self.kill(result)
      throw error
    }
    identifier = result
    end = Descriptor(owning: raw)
  }

  /// How it ended; nil: it has not. Never waits.
  public var ending: Ending? {
    var value: Int32 = 0
    // Safe: one integer is written to a local that lives across the call.
    return switch unsafe clinux_process_ending(identifier, &value) {
    case 1: .exited(value)
    case 2: .killed(signal: value)
    default: nil
    }
  }

  /// Sends it a signal. Does nothing when it has ended.
  public func send(_ signal: Int32) {
    // Its number is its own until this object is released.
    _ = Glibc.kill(identifier, signal)
  }

  deinit {
    send(SIGKILL)
    guard (try? end.wait(for: .readable, timeoutMilliseconds: Self.endTimeout)) == true else { return }
    // What has ended is not waited for.
    _ = waitpid(identifier, nil, Int32(WNOHANG))
  }

  private static func kill(_ process: Int32) {
    _ = Glibc.kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0, errno == EINTR {}
  }
}

internal import CLinux
internal import Glibc
internal import Text

/// Program that this one started, with a socket between the two.
///
/// It shares this process's standard output and error, has an empty standard input, and no other descriptor but the socket.
/// It is killed when this object is released.
public final class ChildProcess: Sendable {
  /// The descriptor number at which the program finds its end of the socket.
  public static let socketNumber: Int32 = 3

  /// The number of the process.
  public let identifier: Int32

  /// Starts the program at `path`, which `PATH` is not searched for, with the arguments that follow its name.
  public init(_ path: String, _ arguments: [String], socket: UnixSocket) throws(SystemError) {
    let words = [path] + arguments
    guard !words.contains(where: { $0.utf8.contains(0) }) else { throw SystemError("start \(path)", code: EINVAL) }
    var bytes: [CChar] = []
    for word in words { bytes += word.systemPath }
    // Safe: `bytes` holds as many strings as there are words, each ended by a zero, and is read during the call only.
    let result = unsafe clinux_spawn(path.systemPath, bytes, words.count, socket.descriptor.rawValue, Self.socketNumber)
    guard result > 0 else { throw SystemError("start \(path)", code: -result) }
    identifier = result
  }

  deinit {
    kill(identifier, SIGKILL)
    var status: Int32 = 0
    // Safe: one integer is written to a local that lives across the call. What was killed ends, so the wait does.
    while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
  }
}

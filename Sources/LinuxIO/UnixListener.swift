internal import CLinux
internal import Glibc

/// Waits for connections at a path of the file system, and takes the path away when it goes.
public final class UnixListener: Sendable {
  /// Readable when somebody waits to be accepted.
  public let descriptor: Descriptor
  /// Where it listens.
  public let path: String

  /// Listens at `path` (1 to 107 bytes). A socket that nobody listens to any more is replaced; one in use is
  /// `EADDRINUSE`; any other file there is left alone, with the same error. Who may connect is what the process's mask
  /// for new files leaves, or with `isPrivate` nobody but its own user.
  public init(path: String, isPrivate: Bool = false) throws(SystemError) {
    let operation = "listen at \(path)"
    let socket = try Descriptor.makeUnixSocket(SOCK_STREAM)
    try socket.setNonBlocking()
    // The file that binding makes has the socket's own mode (man 7 unix), so it never has another one.
    if isPrivate, fchmod(socket.rawValue, S_IRUSR | S_IWUSR) != 0 { throw SystemError(operation) }
    do {
      try Self.bind(socket, path, operation)
    } catch let error where error.code == EADDRINUSE && Self.isAbandoned(path) {
      // Safe: the path is only read.
      unsafe unlink(path)
      try Self.bind(socket, path, operation)
    } catch let error where error.code == EADDRINUSE {
      throw SystemError("\(operation), where another program listens or a file is in the way", code: EADDRINUSE)
    }
    guard listen(socket.rawValue, 8) == 0 else { throw SystemError(operation) }
    // Only now is the path ours: a listener that fails before leaves whatever is there.
    descriptor = socket
    self.path = path
  }

  deinit {
    // Safe: the path is only read.
    unsafe unlink(path)
  }

  /// The next connection; nil when nobody waits. The socket is non-blocking.
  public func accept() throws(SystemError) -> UnixSocket? {
    let raw = clinux_accept(descriptor.rawValue)
    if raw >= 0 { return UnixSocket(Descriptor(foreign: raw)) }
    if errno == EAGAIN || errno == ECONNABORTED || errno == EINTR { return nil }
    throw SystemError("accept a connection at \(path)")
  }

  private static func bind(_ socket: Descriptor, _ path: String, _ operation: String) throws(SystemError) {
    // Safe: the address is lent to a call that keeps no pointer to it.
    try unsafe withAddress(path, operation: operation) { address, length in
      // Safe: the address is read during the call only.
      unsafe Glibc.bind(socket.rawValue, address, length)
    }
  }

  /// True for a socket file whose listener is gone.
  ///
  /// The question is asked with a datagram socket: a listener that lives is of another type and never hears of it, so
  /// asking costs it no connection.
  private static func isAbandoned(_ path: String) -> Bool {
    var status = stat()
    // Safe: the path is only read, and the call fills a local. To a file that is no socket, connecting is refused too.
    guard unsafe lstat(path, &status) == 0, (status.st_mode & S_IFMT) == S_IFSOCK else { return false }
    do {
      let question = try Descriptor.makeUnixSocket(SOCK_DGRAM)
      // Safe: the address is lent to a call that keeps no pointer to it.
      try unsafe withAddress(path, operation: "connect to \(path)") { address, length in
        // Safe: the address is read during the call only.
        unsafe Glibc.connect(question.rawValue, address, length)
      }
      return false
    } catch {
      return error.code == ECONNREFUSED
    }
  }
}

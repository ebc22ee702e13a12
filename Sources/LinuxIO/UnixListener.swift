internal import CLinux
internal import Glibc
internal import Text

/// Listening socket at a path of the file system. When it is released it removes the path, unless another file is there by
/// now.
public final class UnixListener: Sendable {
  /// Readable when a client waits to be accepted.
  public let descriptor: Descriptor
  /// The path that it listens at.
  public let path: String
  /// The file that binding made. While it is open no other file gets its number, so it is known from one that another
  /// program has put in its place.
  private let file: Descriptor

  /// Listens at `path` (1 to 107 bytes), for the process's own user alone. A socket whose listener is gone is
  /// replaced; one in use is `EADDRINUSE`; any other file there is left alone, with the same error.
  public init(path: String) throws(SystemError) {
    let operation = "listen at \(path)"
    // Clients that wait to be accepted may have sent descriptors already, which are closed with the socket.
    let socket = try Descriptor.makeUnixSocket(SOCK_STREAM, isForeign: true)
    try socket.setNonBlocking()
    // The file that binding makes has the socket's own mode (man 7 unix), so it never has another one.
    guard fchmod(socket.rawValue, S_IRUSR | S_IWUSR) == 0 else { throw SystemError(operation) }
    do {
      try Self.bind(socket, path, operation)
    } catch let error where error.code == EADDRINUSE && Self.removeAbandoned(path) {
      try Self.bind(socket, path, operation)
    } catch let error where error.code == EADDRINUSE {
      throw SystemError("\(operation), where another program listens or a file is in the way", code: EADDRINUSE)
    }
    // At once: whoever waits for the path to appear connects then.
    guard listen(socket.rawValue, 8) == 0 else { throw SystemError(operation) }
    file = try Self.openPath(path, operation)
    // Only now is the path ours: a listener that fails before leaves whatever is there.
    descriptor = socket
    self.path = path
  }

  deinit {
    close()
  }

  /// Listens no more: the path is removed, unless another file is there by now, and later connections are refused. Clients
  /// that were not accepted lose their connection.
  public func close() {
    // A listener that was shut down refuses connections (man 2 shutdown, on Linux).
    shutdown(descriptor.rawValue, Int32(SHUT_RDWR))
    if Self.identity(of: path) == Self.identity(of: file) {
      // Safe: the path is only read.
      unsafe unlink(path.systemPath)
    }
  }

  /// The next connection; nil when no client waits. The socket is non-blocking.
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

  /// Device and inode of a file; nil when there is none.
  private static func identity(of file: Descriptor) -> [UInt64]? {
    var status = stat()
    // Safe: the call fills a local.
    return unsafe fstat(file.rawValue, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
  }

  private static func identity(of path: String) -> [UInt64]? {
    var status = stat()
    // Safe: the path is only read, and the call fills a local.
    return unsafe lstat(path.systemPath, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
  }

  /// Holds a file, without opening what it stands for.
  private static func openPath(_ path: String, _ operation: String) throws(SystemError) -> Descriptor {
    // Safe: the path is only read, up to its zero.
    let raw = unsafe clinux_open_path(AT_FDCWD, path.systemPath)
    guard raw >= 0 else { throw SystemError(operation) }
    return Descriptor(owning: raw)
  }

  /// Removes a socket file whose listener is gone; false when there is none.
  ///
  /// It tries to connect with a datagram socket: a listener that lives is of another type, so that costs it no connection. What another program puts there meanwhile stays.
  private static func removeAbandoned(_ path: String) -> Bool {
    var status = stat()
    // To a file that is not a socket, connecting is refused too.
    guard let file = try? openPath(path, "look at \(path)"),
      // Safe: the call fills a local.
      unsafe fstat(file.rawValue, &status) == 0, (status.st_mode & S_IFMT) == S_IFSOCK
    else { return false }
    do {
      let probe = try Descriptor.makeUnixSocket(SOCK_DGRAM)
      // Safe: the address is lent to a call that keeps no pointer to it.
      try unsafe withAddress(path, operation: "connect to \(path)") { address, length in
        // Safe: the address is read during the call only.
        unsafe Glibc.connect(probe.rawValue, address, length)
      }
      return false
    } catch {
      guard error.code == ECONNREFUSED, identity(of: path) == identity(of: file) else { return false }
      // Safe: the path is only read.
      return unsafe unlink(path.systemPath) == 0
    }
  }
}

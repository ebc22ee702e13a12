internal import CLinux
internal import Glibc

/// File descriptor that this process owns. It is closed when its last reference is released.
///
/// Reads and writes are whole and retried when a signal interrupts them. It may be used from any thread; threads that
/// share one must not read, or write, at the same time.
public final class Descriptor: Sendable {
  /// The number, valid as long as this object lives. Borrow it; never close it.
  public let rawValue: Int32

  /// True: closing it may wait for a peer, so another thread closes it.
  private let isForeign: Bool

  /// Takes ownership of an open descriptor.
  public init(owning rawValue: Int32) {
    self.rawValue = rawValue
    isForeign = false
  }

  /// Takes ownership of a descriptor that a peer sent, or of a socket in which such descriptors may wait to be received.
  /// It is closed by the ``DescriptorCloser``, soon after its last reference is released.
  public init(foreign rawValue: Int32) {
    self.rawValue = rawValue
    isForeign = true
  }

  deinit {
    if isForeign { DescriptorCloser.shared.close(rawValue) } else { close(rawValue) }
  }

  /// A second descriptor for the same open file.
  public func duplicate() throws(SystemError) -> Descriptor {
    let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw SystemError("duplicate a descriptor") }
    return isForeign ? Descriptor(foreign: copy) : Descriptor(owning: copy)
  }

  /// Makes calls on the open file return `EAGAIN` rather than wait.
  public func setNonBlocking() throws(SystemError) {
    let flags = fcntl(rawValue, F_GETFL)
    guard flags >= 0, fcntl(rawValue, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw SystemError("make a descriptor non-blocking")
    }
  }

  /// Waits until the descriptor is ready or its peer is gone; false when the time ran out (−1: no limit).
  ///
  /// For code that talks to one peer at a time. A signal that arrives meanwhile starts the wait again.
  public func wait(for interest: EventLoop.Interest, timeoutMilliseconds: Int32) throws(SystemError) -> Bool {
    let events = Int16(interest == .writable ? POLLOUT : POLLIN)
    while true {
      var entry = pollfd(fd: rawValue, events: events, revents: 0)
      // Safe: one entry is read and written, a local that lives across the call.
      let ready = unsafe poll(&entry, 1, timeoutMilliseconds)
      if ready >= 0 { return ready > 0 }
      if errno != EINTR { throw SystemError("wait for a descriptor") }
    }
  }

  /// Reason why a wait ended.
  public enum Waited: Sendable {
    /// A descriptor is readable.
    case ready
    /// None is, and the peer is gone.
    case peerGone
    /// Nothing within the time.
    case timedOut
  }

  /// Waits until one of `descriptors` is readable, the peer of `socket` is gone, or the time runs out (−1: no limit).
  ///
  /// For counters that another process raises: when it dies the counters stay as they are, but its socket closes.
  public static func wait(
    forAny descriptors: [Descriptor], orEndOf socket: UnixSocket, timeoutMilliseconds: Int32
  ) throws(SystemError) -> Waited {
    // The end of a peer is reported unasked.
    var entries = descriptors.map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
    entries.append(pollfd(fd: socket.descriptor.rawValue, events: 0, revents: 0))
    while true {
      // Safe: as many entries are read and written as the array has, and it lives across the call.
      let ready = unsafe poll(&entries, nfds_t(entries.count), timeoutMilliseconds)
      if ready >= 0 {
        if entries.dropLast().contains(where: { $0.revents != 0 }) { return .ready }
        return ready > 0 ? .peerGone : .timedOut
      }
      if errno != EINTR { throw SystemError("wait for descriptors") }
    }
  }

  /// The kind of the file and its length. The call waits for the file system, which may never respond: use `peerKind()` for a
  /// descriptor of a peer.
  public func status() throws(SystemError) -> FileStatus {
    var status = stat()
    // Safe: fstat fills the structure it is given and keeps no pointer to it.
    guard unsafe fstat(rawValue, &status) == 0 else { throw SystemError("ask for a file's size") }
    return FileStatus(
      size: UInt64(clamping: status.st_size), isRegular: (status.st_mode & S_IFMT) == S_IFREG,
      isSocket: (status.st_mode & S_IFMT) == S_IFSOCK)
  }
}

/// Status of a file, as `fstat` reports it.
public struct FileStatus: Equatable, Sendable {
  /// Its length in bytes; for anything but a regular file, whatever the system reports.
  public let size: UInt64
  /// True for files of a file system and for `memfd`s.
  public let isRegular: Bool
  /// True for sockets, which can carry descriptors.
  public let isSocket: Bool
}

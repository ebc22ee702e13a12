internal import CLinux
internal import Glibc

/// A file descriptor that this process owns; it is closed when its last reference goes.
///
/// Reads and writes are whole and retried when a signal interrupts them. It may be used from any thread; who shares
/// one between threads agrees on who reads and who writes.
public final class Descriptor: Sendable {
  /// The number, valid as long as this object lives. Borrow it; never close it.
  public let rawValue: Int32

  /// Takes ownership of an open descriptor.
  public init(owning rawValue: Int32) {
    self.rawValue = rawValue
  }

  deinit {
    close(rawValue)
  }

  /// A second descriptor for the same open file.
  public func duplicate() throws(SystemError) -> Descriptor {
    let copy = fcntl(rawValue, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw SystemError("duplicate a descriptor") }
    return Descriptor(owning: copy)
  }

  /// Makes calls on the open file return `EAGAIN` rather than wait.
  public func setNonBlocking() throws(SystemError) {
    let flags = fcntl(rawValue, F_GETFL)
    guard flags >= 0, fcntl(rawValue, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw SystemError("make a descriptor non-blocking")
    }
  }

  /// What kind of file this is and how long, in bytes.
  public func status() throws(SystemError) -> FileStatus {
    var status = stat()
    // Safe: fstat fills the structure it is given and keeps no pointer to it.
    guard unsafe fstat(rawValue, &status) == 0 else { throw SystemError("ask for a file's size") }
    return FileStatus(
      size: UInt64(clamping: status.st_size), isRegular: (status.st_mode & S_IFMT) == S_IFREG)
  }
}

/// What `fstat` says of a file.
public struct FileStatus: Equatable, Sendable {
  /// Its length in bytes; for anything but a regular file, whatever the system reports.
  public let size: UInt64
  /// True for files of a file system and for `memfd`s.
  public let isRegular: Bool
}

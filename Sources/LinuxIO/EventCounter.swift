internal import CLinux
internal import Glibc

/// Counter that one side raises and the other waits for: the kick and the call of a virtqueue.
///
/// It wraps an `eventfd`, or a stream socket that carries eight-byte counts, which is what user-mode Linux passes. Only
/// ``wait(timeoutMilliseconds:)`` waits, whatever a peer that has the counter too does with it.
public struct EventCounter: Sendable {
  private enum Kind {
    /// An eventfd that only this process has.
    case own
    /// An eventfd that a peer has as well. It may take the count and make the file blocking, at any moment.
    case shared
    case socket
  }

  /// What an event loop waits on; readable when the count is above zero.
  public let descriptor: Descriptor
  private let kind: Kind

  /// A new counter at zero.
  public init() throws(SystemError) {
    let raw = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard raw >= 0 else { throw SystemError("make an event counter") }
    descriptor = Descriptor(owning: raw)
    kind = .own
  }

  /// Uses a descriptor that a peer sent: an eventfd or, unless it is to be taken, a Unix stream socket. Anything else,
  /// such as a pipe, a file or a terminal, could block its reader, and is refused with `EINVAL`.
  ///
  /// With `isTaken` its count is to be taken here: only with an eventfd does that never wait. Another reader of a socket
  /// locks it while its page faults, and a peer's page may take for ever.
  public init(adopting descriptor: Descriptor, isTaken: Bool = false) throws(SystemError) {
    switch (descriptor.peerKind(), isTaken) {
    case (.eventCounter, _): kind = .shared
    case (.socket, false): kind = .socket
    case (_, true): throw SystemError("wait for a descriptor that is not an eventfd", code: EINVAL)
    default:
      throw SystemError("count with a descriptor that is neither an eventfd nor a Unix stream socket", code: EINVAL)
    }
    try descriptor.setNonBlocking()
    self.descriptor = descriptor
  }

  /// Adds one. A counter that is full, or whose other end is gone, stays as it is.
  public func signal() {
    var one: UInt64 = 1
    switch kind {
    case .own:
      // Safe: eight bytes are read from a local that lives across the call.
      _ = unsafe write(descriptor.rawValue, &one, 8)
    case .shared:
      if clinux_eventfd_raise(descriptor.rawValue) == 0 || errno != ENOSYS { return }
      // A kernel without asynchronous reads has no better call.
      guard (try? descriptor.wait(for: .writable, timeoutMilliseconds: 0)) == true else { return }
      // Safe: as above.
      _ = unsafe write(descriptor.rawValue, &one, 8)
    case .socket:
      // Safe: as above. With these flags the call neither waits nor raises a signal.
      _ = unsafe send(descriptor.rawValue, &one, 8, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
    }
  }

  /// Result of ``take()``.
  public enum Reading: Sendable {
    /// The count was above zero, and is zero now.
    case counted
    /// The count was zero.
    case zero
    /// The other end is gone, or this is not a counter: waiting for it would wake up for ever.
    case gone
  }

  /// Takes the count back to zero, or a semaphore's down by one.
  public func take() -> Reading {
    switch kind {
    case .own:
      var count: UInt64 = 0
      // Safe: at most eight bytes are written to a local that lives across the call.
      return reading(unsafe read(descriptor.rawValue, &count, 8))
    case .shared:
      var count: UInt64 = 0
      // Safe: as above.
      let got = unsafe clinux_eventfd_take(descriptor.rawValue, &count)
      // On a kernel that may wait here the count stays; callers only need to know that it rose.
      return got < 0 && errno == EOPNOTSUPP ? .counted : reading(got)
    case .socket: return takeFromSocket()
    }
  }

  /// Takes all counts of a socket, so that their sender finds room for more; at most a fixed number of them, so that it cannot
  /// keep this thread busy.
  private func takeFromSocket() -> Reading {
    var counts = [UInt8](repeating: 0, count: 4096)
    for turn in 0..<16 {
      // Safe: at most 4096 bytes are written, and the array has them.
      let got = unsafe recv(descriptor.rawValue, &counts, counts.count, Int32(MSG_DONTWAIT))
      if got <= 0 { return turn == 0 ? reading(got) : .counted }
      if got < counts.count { break }
    }
    return .counted
  }

  private func reading(_ got: Int) -> Reading {
    if got > 0 { return .counted }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? .zero : .gone
  }

  /// Takes the count back to zero; false when it was zero already.
  @discardableResult
  public func drain() -> Bool {
    take() == .counted
  }

  /// Waits until the count is above zero and takes it; false when it stayed zero until the time ran out.
  public func wait(timeoutMilliseconds: Int32) throws(SystemError) -> Bool {
    try descriptor.wait(for: .readable, timeoutMilliseconds: timeoutMilliseconds) && drain()
  }
}

internal import CLinux
internal import Glibc

/// A counter that one side raises and the other waits for: the kick and the call of a virtqueue.
///
/// It wraps an `eventfd`, or any descriptor that carries eight-byte counts: user-mode Linux passes pipes.
public struct EventCounter: Sendable {
  /// What an event loop waits on; readable when the count is above zero.
  public let descriptor: Descriptor
  /// True when a peer has it too, and with it the say in whether its calls block.
  private let isShared: Bool
  /// Writing to a pipe or socket whose reader is gone raises `SIGPIPE`; an eventfd has no such habit.
  private let mayRaiseSignal: Bool

  /// A new counter at zero.
  public init() throws(SystemError) {
    let raw = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard raw >= 0 else { throw SystemError("make an event counter") }
    descriptor = Descriptor(owning: raw)
    isShared = false
    mayRaiseSignal = false
  }

  /// Uses a descriptor that a peer sent: an eventfd, a pipe or a socket. Whatever else could be read and written, files
  /// and terminals among it, may hold who tries, and is refused. It is made non-blocking, so that a full pipe never holds us.
  public init(adopting descriptor: Descriptor) throws(SystemError) {
    let status = try descriptor.status()
    guard status.isPipeOrSocket || status.isAnonymous else {
      throw SystemError("count with a descriptor", code: EINVAL)
    }
    try descriptor.setNonBlocking()
    isShared = true
    mayRaiseSignal = status.isPipeOrSocket
    self.descriptor = descriptor
  }

  /// Adds one. A counter that is full or whose other end is gone is left alone: the peer has, or wants, no news.
  public func signal() {
    // A peer that makes its counter blocking again, and full, must not hold us.
    if isShared, (try? descriptor.wait(for: .writable, timeoutMilliseconds: 0)) != true { return }
    var one: UInt64 = 1
    if mayRaiseSignal {
      // Safe: eight bytes are read from a local that lives across the call.
      _ = unsafe clinux_write_quietly(descriptor.rawValue, &one, 8)
    } else {
      // Safe: as above.
      _ = unsafe write(descriptor.rawValue, &one, 8)
    }
  }

  /// What ``take()`` found.
  public enum Reading: Sendable {
    /// The count was above zero, and is zero now.
    case counted
    /// The count was zero.
    case zero
    /// The other end is gone, or this never was a counter: waiting for it would wake up for ever.
    case gone
  }

  /// Takes the count back to zero.
  public func take() -> Reading {
    // A peer that makes its counter blocking again, and takes the count itself, must not hold us.
    if isShared, (try? descriptor.wait(for: .readable, timeoutMilliseconds: 0)) != true { return .zero }
    var count: UInt64 = 0
    // Safe: at most eight bytes are written to a local that lives across the call.
    let got = unsafe read(descriptor.rawValue, &count, 8)
    if got > 0 { return .counted }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? .zero : .gone
  }

  /// Takes the count back to zero; false when it was zero already.
  @discardableResult
  public func drain() -> Bool {
    take() == .counted
  }

  /// Waits for the count to rise above zero, at most so long, and takes it; false when it did not.
  public func wait(timeoutMilliseconds: Int32) throws(SystemError) -> Bool {
    try descriptor.wait(for: .readable, timeoutMilliseconds: timeoutMilliseconds) && drain()
  }
}

internal import CLinux
internal import Glibc

/// A counter that one side raises and the other waits for: the kick and the call of a virtqueue.
///
/// It wraps an `eventfd`, or any descriptor that carries eight-byte counts: user-mode Linux passes pipes.
public struct EventCounter: Sendable {
  /// What an event loop waits on; readable when the count is above zero.
  public let descriptor: Descriptor

  /// A new counter at zero.
  public init() throws(SystemError) {
    let raw = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard raw >= 0 else { throw SystemError("make an event counter") }
    descriptor = Descriptor(owning: raw)
  }

  /// Uses a descriptor that a peer sent. It is made non-blocking, so that a full pipe never holds us.
  public init(adopting descriptor: Descriptor) throws(SystemError) {
    try descriptor.setNonBlocking()
    self.descriptor = descriptor
  }

  /// Adds one. A counter that is full or whose other end is gone is left alone: the peer has, or wants, no news.
  public func signal() {
    var one: UInt64 = 1
    // Safe: eight bytes are read from a local that lives across the call.
    _ = unsafe write(descriptor.rawValue, &one, 8)
  }

  /// Takes the count back to zero; false when it was zero already.
  @discardableResult
  public func drain() -> Bool {
    var count: UInt64 = 0
    // Safe: at most eight bytes are written to a local that lives across the call.
    return unsafe read(descriptor.rawValue, &count, 8) > 0
  }
}

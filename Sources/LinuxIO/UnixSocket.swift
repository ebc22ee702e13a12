internal import CLinux
internal import Glibc

/// Stream socket between two processes of one machine, which carries descriptors beside bytes.
public final class UnixSocket: Sendable {
  /// The open socket.
  public let descriptor: Descriptor
  private let mayWait: Bool

  /// Uses a connected socket.
  public init(_ descriptor: Descriptor) {
    self.descriptor = descriptor
    mayWait = true
  }

  /// Uses a connected socket that a peer made and sent. Calls never block, even if the peer clears `O_NONBLOCK`.
  package init(neverWaitingOn descriptor: Descriptor) {
    self.descriptor = descriptor
    mayWait = false
  }

  /// Takes over a descriptor that another program opened, by its number. Anything but a connected stream socket is refused.
  public init(adopting number: Int32) throws(SystemError) {
    let operation = "use descriptor \(number) as a socket"
    var type: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    // Safe: one integer of that length is written to a local.
    guard unsafe getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &length) == 0 else { throw SystemError(operation) }
    guard type == Int32(SOCK_STREAM.rawValue) else { throw SystemError(operation, code: EPROTOTYPE) }
    var peer = sockaddr_un()
    length = socklen_t(MemoryLayout<sockaddr_un>.size)
    // Safe: every socket address starts as a `sockaddr`; at most `length` bytes are written to a local that has them.
    let isConnected = unsafe withUnsafeMutablePointer(to: &peer) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(number, $0, &length) == 0 }
    }
    guard isConnected else { throw SystemError(operation) }
    descriptor = Descriptor(foreign: number)
    mayWait = true
  }

  /// Result of one read.
  public struct Received: Sendable {
    /// The bytes; none with `isEnd` or `wouldBlock`.
    public var bytes: [UInt8]
    /// Descriptors that came with the first of the bytes, now ours.
    public var descriptors: [Descriptor]
    /// More descriptors came than were asked for, or this process has no room for more; the surplus is closed.
    public var descriptorsWereDropped: Bool
    /// The peer closed its side.
    public var isEnd: Bool
    /// Nothing has arrived on a non-blocking socket.
    public var wouldBlock: Bool
  }

  /// Two connected sockets.
  public static func makePair() throws(SystemError) -> (UnixSocket, UnixSocket) {
    var pair: (Int32, Int32) = (-1, -1)
    // Safe: the kernel writes two integers, and the tuple is two integers laid out side by side.
    let result = unsafe withUnsafeMutableBytes(of: &pair) { bytes in
      unsafe socketpair(
        AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0,
        bytes.assumingMemoryBound(to: Int32.self).baseAddress)
    }
    guard result == 0 else { throw SystemError("make a pair of sockets") }
    return (UnixSocket(Descriptor(owning: pair.0)), UnixSocket(Descriptor(owning: pair.1)))
  }

  /// Connects to a listening socket at a path of at most 107 bytes.
  public static func connect(to path: String) throws(SystemError) -> UnixSocket {
    let socket = try UnixSocket(Descriptor.makeUnixSocket(SOCK_STREAM))
    try socket.connect(to: path)
    return socket
  }

  private func connect(to path: String) throws(SystemError) {
    // Safe: the address is lent to a call that keeps no pointer to it.
    try unsafe withAddress(path, operation: "connect to \(path)") { address, length in
      // Safe: the address is read during the call only.
      unsafe Glibc.connect(descriptor.rawValue, address, length)
    }
  }

  /// Connects to a listening socket as ``connect(to:)`` does, without waiting for it: a listener with too many clients that it
  /// has not accepted is the error `EAGAIN`. The socket is non-blocking.
  package static func connectNow(to path: String) throws(SystemError) -> UnixSocket {
    let socket = try UnixSocket(Descriptor.makeUnixSocket(SOCK_STREAM, isForeign: true))
    try socket.descriptor.setNonBlocking()
    try socket.connect(to: path)
    return socket
  }

  /// The process that listened when this socket was connected, or that made both ends of a pair; 0 when that is not known.
  public var peerProcess: Int32 { clinux_peer_process(descriptor.rawValue) }

  /// Has the system keep as many bytes on their way as it allows, which is less than asked for, as a rule: the fewer fit, the
  /// more often sender and receiver wake each other.
  package func growSendBuffer(to bytes: Int32) {
    var bytes = bytes
    // Safe: one integer is read during the call only. Where it is refused the buffer stays as it is.
    _ = unsafe setsockopt(
      descriptor.rawValue, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Shuts the connection down in both directions. The peer sees that at once, also while a child of this process, between
  /// its making and its start, still holds a copy of the socket.
  public func shutdown() {
    _ = Glibc.shutdown(descriptor.rawValue, Int32(SHUT_RDWR))
  }

  /// Sends every byte, with `descriptors` beside the first; waits for room on a blocking socket.
  ///
  /// On a non-blocking socket a full buffer is the error `EAGAIN`; the number of bytes that went before is lost, so
  /// use ``sendSome(_:descriptors:)`` there.
  public func send(_ bytes: [UInt8], descriptors: [Descriptor] = []) throws(SystemError) {
    var rest = bytes[...]
    var attached = descriptors
    while !rest.isEmpty {
      guard let sent = try sendSome(Array(rest), descriptors: attached) else {
        throw SystemError("send to a socket", code: EAGAIN)
      }
      rest = rest.dropFirst(sent)
      attached = []
    }
  }

  /// Sends what there is room for; nil when a non-blocking socket has none.
  public func sendSome(_ bytes: [UInt8], descriptors: [Descriptor] = []) throws(SystemError) -> Int? {
    let numbers = descriptors.map(\.rawValue)
    // Safe: both arrays are read during the call only; their lengths are passed along.
    let sent = unsafe clinux_send(descriptor.rawValue, bytes, bytes.count, numbers, numbers.count, mayWait ? 1 : 0)
    withExtendedLifetime(descriptors) {}
    if sent >= 0 { return sent }
    if errno == EAGAIN { return nil }
    throw SystemError("send to a socket")
  }

  /// The most descriptors that one message brings, which the kernel knows as `SCM_MAX_FD`.
  private static let maximumDescriptors = 253

  /// Receives at most `count` bytes and `maximumDescriptors` descriptors.
  ///
  /// Extra descriptors are received too and closed on another thread; otherwise the kernel would close them here, which
  /// may block. While the ``DescriptorCloser`` is stuck, receiving descriptors fails with `EMFILE`.
  public func receive(_ count: Int, maximumDescriptors: Int = 16) throws(SystemError) -> Received {
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    var (got, descriptors, wereDropped) = try receive(into: &bytes, count: bytes.count)
    bytes.removeLast(bytes.count - max(0, got))
    if descriptors.count > max(0, maximumDescriptors) {
      descriptors.removeLast(descriptors.count - max(0, maximumDescriptors))
      wereDropped = true
    }
    return Received(
      bytes: bytes, descriptors: descriptors, descriptorsWereDropped: wereDropped, isEnd: got == 0 && count > 0,
      wouldBlock: got < 0)
  }

  /// Receives at most `count` bytes into the start of `buffer`, as many as it has room for, and returns how many; 0 when
  /// the peer closed its side. Descriptors that come along are closed. For bytes too many to make an array of each time.
  public func receive(_ count: Int, into buffer: inout [UInt8]) throws(SystemError) -> Int {
    let got = try receive(into: &buffer, count: min(max(0, count), buffer.count)).count
    guard got >= 0 else { throw SystemError("receive from a socket", code: EAGAIN) }
    return got
  }

  /// Receives at most `count` bytes, which `buffer` has room for, and all descriptors beside them; a count of −1 when nothing
  /// has come.
  private func receive(
    into buffer: inout [UInt8], count: Int
  ) throws(SystemError) -> (count: Int, descriptors: [Descriptor], wereDropped: Bool) {
    var got = 0
    var code: Int32 = 0
    var truncated: Int32 = 0
    // Safe: at most 253 integers are written, for which there is room, and their number is told; at most `count` bytes are,
    // which the caller promises.
    let numbers = unsafe [Int32](unsafeUninitializedCapacity: Self.maximumDescriptors) { numbers, numberCount in
      numberCount = numbers.count
      got = unsafe clinux_receive(
        descriptor.rawValue, &buffer, count, numbers.baseAddress, &numberCount, &truncated, mayWait ? 1 : 0)
      code = errno
    }
    let descriptors = numbers.map(Descriptor.init(foreign:))
    guard got >= 0 || code == EAGAIN else { throw SystemError("receive from a socket", code: code) }
    guard descriptors.isEmpty || !DescriptorCloser.shared.isStuck else {
      throw SystemError("take descriptors of a peer, while those that came before do not close", code: EMFILE)
    }
    return (got, descriptors, truncated != 0)
  }
}

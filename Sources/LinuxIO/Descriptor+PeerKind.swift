internal import CLinux
internal import Glibc

extension Descriptor {
  /// Kind of a descriptor that a peer sent, as far as it can be used.
  package enum PeerKind: Equatable, Sendable {
    /// An eventfd.
    case eventCounter
    /// A stream socket between processes of this machine.
    case socket
    /// Memory: a `memfd`, a file of a `tmpfs` such as `/dev/shm`, or a file of huge pages.
    case memory
    /// Anything else: a pipe, a file of another file system, a socket of a network. Calls on it may wait for as long as its
    /// sender likes, so it is only closed, and that on a thread of its own.
    case other
  }

  /// Finds out what a peer sent, with calls that never wait. `fstat`, `poll` and even `epoll_ctl` are not among them: they ask
  /// the file system, which may be a program of the peer.
  package func peerKind() -> PeerKind {
    // Only memory files have seals.
    if clinux_is_memory(rawValue) != 0 { return .memory }
    if socketOption(SO_DOMAIN) == AF_UNIX, socketOption(SO_TYPE) == Int32(SOCK_STREAM.rawValue) { return .socket }
    return kernelName == "anon_inode:[eventfd]" ? .eventCounter : .other
  }

  /// True for one end of a stream socket between processes of this machine whose other end was there once. Found out by
  /// calls that never wait.
  package var isConnectedStreamSocket: Bool {
    guard peerKind() == .socket else { return false }
    var peer = sockaddr_un()
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    // Safe: every socket address starts as a `sockaddr`; at most `length` bytes are written to a local that has them.
    return unsafe withUnsafeMutablePointer(to: &peer) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getpeername(rawValue, $0, &length) == 0
      }
    }
  }

  /// What the kernel calls the open file. The name of a file begins with a slash, so no file can look like anything else.
  private var kernelName: String {
    var text = [UInt8](repeating: 0, count: 64)
    // Safe: at most 64 bytes are written, and the array has them; the path is only read.
    let count = unsafe readlink("/proc/self/fd/\(rawValue)", &text, text.count)
    return String(decoding: text.prefix(max(0, count)), as: UTF8.self)
  }

  private func socketOption(_ option: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    // Safe: one integer of that length is written to a local.
    return unsafe getsockopt(rawValue, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
  }
}

import Glibc
import LinuxIO

/// A TCP connection whose `close` waits up to an hour for the peer to read what was sent. The peer never reads.
struct LingeringSocket {
  private let listener: Descriptor

  init() throws {
    listener = try Self.makeSocket()
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var room: Int32 = 4096
    // Safe: the option and the address are read during the calls only; every socket address starts as a `sockaddr`.
    let isListening = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe setsockopt(listener.rawValue, SOL_SOCKET, SO_RCVBUF, &room, 4) == 0
          && bind(listener.rawValue, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
          && listen(listener.rawValue, 64) == 0
      }
    }
    guard isListening else { throw SystemError("listen", code: errno) }
  }

  /// A connection to this, which is never accepted. Closing its last descriptor waits.
  func connect() throws -> Descriptor {
    let socket = try Self.makeSocket()
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    var room: Int32 = 4096
    var lingering = linger(l_onoff: 1, l_linger: 3600)
    // Safe: as above; the kernel writes an address of that length into a local.
    let isConnected = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe getsockname(listener.rawValue, generic, &length) == 0
          && setsockopt(socket.rawValue, SOL_SOCKET, SO_SNDBUF, &room, 4) == 0
          && setsockopt(
            socket.rawValue, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size)) == 0
          && Glibc.connect(socket.rawValue, generic, length) == 0
      }
    }
    guard isConnected else { throw SystemError("connect", code: errno) }
    let bytes = [UInt8](repeating: 0, count: 4096)
    // Safe: the array is read during the call only.
    while unsafe send(socket.rawValue, bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
    return socket
  }

  private static func makeSocket() throws -> Descriptor {
    let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard raw >= 0 else { throw SystemError("make a socket", code: errno) }
    return Descriptor(owning: raw)
  }
}

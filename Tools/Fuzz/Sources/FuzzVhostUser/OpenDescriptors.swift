import FuzzSupport
import Glibc
import LinuxIO

/// Leaves a socket the least room for what it sends.
func limitSending(_ socket: Descriptor) {
  var room: Int32 = 1
  // Safe: the number is read during the call only.
  _ = unsafe setsockopt(socket.rawValue, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
}

/// A file that is none of what a front end should pass.
func open(_ path: String) throws -> Descriptor {
  // Safe: the path is only read, up to its zero.
  let raw = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
  // Safe: as above.
  return Descriptor(owning: raw >= 0 ? raw : unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
}

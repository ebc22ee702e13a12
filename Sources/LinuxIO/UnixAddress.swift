internal import Glibc
internal import Text

/// The longest path that a socket address holds, in bytes, without its closing zero.
private let longestPath = 107

/// Lends the address of `path` to a system call that returns −1 on failure.
func withAddress(
  _ path: String, operation: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) throws(SystemError) {
  let bytes = path.fileNameBytes
  guard !bytes.isEmpty, bytes.count <= longestPath, !bytes.contains(0) else {
    throw SystemError(
      "\(operation), a path of \(bytes.count) bytes where 1 to \(longestPath) fit", code: ENAMETOOLONG)
  }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  // Safe: the path is at most 107 bytes, the field has 108, and the rest of it stays zero.
  unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
    unsafe field.copyBytes(from: bytes)
  }
  // Safe: every socket address starts as a `sockaddr`; the true length goes along.
  let result = unsafe withUnsafePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
      unsafe call(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  guard result == 0 else { throw SystemError(operation) }
}

extension Descriptor {
  /// A new socket of a type, blocking, not connected.
  static func makeUnixSocket(_ type: __socket_type, isForeign: Bool = false) throws(SystemError) -> Descriptor {
    let raw = socket(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard raw >= 0 else { throw SystemError("make a socket") }
    return isForeign ? Descriptor(foreign: raw) : Descriptor(owning: raw)
  }
}

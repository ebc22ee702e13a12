internal import Glibc

extension Descriptor {
  /// Reads `count` bytes that start `offset` bytes into a file; fewer only where the file ends.
  public func read(_ count: Int, at offset: UInt64) throws(SystemError) -> [UInt8] {
    guard offset <= UInt64(Int.max) else { throw SystemError("read a file at byte \(offset)", code: EINVAL) }
    var failure: Int32?
    // Safe: each call writes into the part of the buffer that is left, and the count tells how much was written.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
      while filled < count {
        // Safe: `filled` is less than the capacity.
        let place = unsafe buffer.baseAddress.map { unsafe $0 + filled }
        // Safe: as above.
        let got = unsafe pread(rawValue, place, count - filled, Int(offset) &+ filled)
        if got == 0 { return }
        if got > 0 {
          filled += got
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    if let failure { throw SystemError("read a file", code: failure) }
    return bytes
  }

  /// Writes all the bytes, at the file's position or at its end if it was opened so.
  public func write(_ bytes: [UInt8]) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      // Safe: the call reads what is left of an array that lives across it.
      let got = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
        return unsafe Glibc.write(rawValue, rest.baseAddress, rest.count)
      }
      if got >= 0 {
        written += got
      } else if errno != EINTR {
        throw SystemError("write a file")
      }
    }
  }

  /// Cuts a file to its first `count` bytes.
  public func truncate(to count: UInt64) throws(SystemError) {
    guard count <= UInt64(Int.max), ftruncate(rawValue, Int(count)) == 0 else {
      throw SystemError("shorten a file")
    }
  }
}

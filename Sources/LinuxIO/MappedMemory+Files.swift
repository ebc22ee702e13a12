internal import CLinux
internal import Glibc

extension MappedMemory {
  /// Makes an anonymous file of `count` zero bytes that descriptors can share, to be mapped by both sides.
  public static func makeFile(named name: String, count: UInt64) throws(SystemError) -> Descriptor {
    try makeFile(named: name, count: count, hugePages: false)
  }

  /// Makes an anonymous file as ``makeFile(named:count:)`` does, of huge pages if `hugePages`: `count` must be a
  /// multiple of their size then.
  package static func makeFile(named name: String, count: UInt64, hugePages: Bool) throws(SystemError) -> Descriptor {
    // Safe: the name is only read, up to its zero.
    let file = Descriptor(owning: unsafe clinux_memfd_create(name, hugePages ? 1 : 0))
    guard file.rawValue >= 0, count <= UInt64(Int.max), ftruncate(file.rawValue, Int(count)) == 0 else {
      throw SystemError("make a shared memory file of \(count) bytes")
    }
    return file
  }

  /// Makes and maps an anonymous file of `count` zero bytes that other processes can map as well. It is sealed: no
  /// process can change its size, so access to a mapping never faults (SIGBUS).
  public static func makeSealed(named name: String, count: UInt64) throws(SystemError) -> MappedMemory {
    // Safe: the name is only read, up to its zero.
    let file = Descriptor(owning: unsafe clinux_memfd_create_sealed(name, count))
    guard file.rawValue >= 0 else { throw SystemError("make a sealed memory file of \(count) bytes") }
    return try MappedMemory(file, offset: 0, count: count, isWritable: true, canShrink: false)
  }

  /// Maps memory that a peer shares, for reading only: a `memfd`, a file of a `tmpfs`, or a dma-buf. Any other kind of file is
  /// refused with `EINVAL`, because access to it may block for as long as the peer likes.
  ///
  /// A file that the peer shrinks under the mapping reads as zeros from then on, as ``isTorn`` says. Writing to the bytes ends
  /// the process.
  public convenience init(readingOfPeer file: Descriptor, offset: UInt64, count: UInt64) throws(SystemError) {
    // A dma-buf has one size for ever.
    let keepsSize = file.isDMABuf || clinux_never_shrinks(file.rawValue) != 0
    guard keepsSize || file.peerKind() == .memory else {
      throw SystemError("map a file that is not a memfd, not in /dev/shm and no dma-buf", code: EINVAL)
    }
    try self.init(file, offset: offset, count: count, isWritable: false, canShrink: !keepsSize)
  }
}

internal import CLinux
internal import Glibc

/// Memory shared with whoever else maps the same file: guest RAM, as a rule.
///
/// The mapping lives as long as this object. Its contents may change at any moment under the reader's eyes, so values
/// are copied out once and judged from the copy. If the file shrinks under the mapping and a page that is lost is touched,
/// all of the mapping is zeros from then on, its owner's alone, and ``isTorn`` says so; nothing raises a signal.
@safe
public final class MappedMemory: Sendable {
  /// The length in bytes.
  public let count: Int
  private let base: UInt
  private let guardSlot: Int32
  private let mappedBase: UInt
  private let mappedCount: Int
  /// Raised when the mapping is torn, and kept for that.
  private let tornEvent: EventCounter?

  /// Maps `count` bytes of a file from `offset`, readable and writable, shared.
  ///
  /// The offset need not be a multiple of the page size; pages may be huge ones. A range that a regular file does not have is refused.
  public convenience init(_ file: Descriptor, offset: UInt64, count: UInt64) throws(SystemError) {
    try self.init(file, offset: offset, count: count, isWritable: true)
  }

  /// Maps memory that a peer shares, as the other does, and raises `tornEvent` when it is torn: it, or a mapping that it is
  /// joined into. The peer could have the file of another kind hold us for ever, so only memory is mapped: a `memfd`, a file
  /// of a `tmpfs` such as `/dev/shm`, or one of huge pages. Anything else is refused with `EINVAL`.
  public convenience init(
    ofPeer file: Descriptor, offset: UInt64, count: UInt64, tornEvent: EventCounter
  ) throws(SystemError) {
    guard file.peerKind() == .memory else {
      throw SystemError(
        "map a peer's file that is no memory (a memfd, a file in /dev/shm, or one of huge pages)", code: EINVAL)
    }
    try self.init(file, offset: offset, count: count, isWritable: true, tornEvent: tornEvent)
  }

  /// Maps as the others do. Writing to bytes that are not writable ends the process.
  init(
    _ file: Descriptor, offset: UInt64, count: UInt64, isWritable: Bool, tornEvent: EventCounter? = nil
  ) throws(SystemError) {
    let pageSize = UInt64(clinux_page_size(file.rawValue))
    let slack = offset % pageSize
    let (end, overflows) = offset.addingReportingOverflow(count)
    guard count > 0, !overflows, end <= UInt64(Int.max) - pageSize else {
      throw SystemError("map \(count) bytes of a file at \(offset)", code: EINVAL)
    }
    let status = try file.status()
    guard !status.isRegular || end <= status.size else {
      throw SystemError("map \(count) bytes of a file at \(offset), which has \(status.size)", code: ENXIO)
    }
    // Whole pages: of huge ones, nothing less can be unmapped.
    let length = Int((count + slack + pageSize - 1) / pageSize * pageSize)
    // Safe: a fresh mapping at an address of the kernel's choice overlaps nothing.
    guard
      let start = unsafe mmap(
        nil, length, isWritable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file.rawValue, Int(offset - slack)),
      unsafe start != MAP_FAILED
    else { throw SystemError("map \(count) bytes of a file at \(offset)") }
    // Safe: the guard only watches the range, which stays mapped until `deinit` has removed it.
    guardSlot = unsafe clinux_bus_guard_add(start, length, Int(pageSize), tornEvent?.descriptor.rawValue ?? -1)
    self.tornEvent = tornEvent
    // Only the number is kept; every use goes through `withBytes`.
    mappedBase = UInt(bitPattern: start)
    mappedCount = length
    base = mappedBase + UInt(slack)
    self.count = Int(count)
    guard guardSlot >= 0 else {
      // Everything is set by now, so `deinit` takes the mapping away.
      throw SystemError("watch a mapping: too many are in use", code: ENOMEM)
    }
  }

  /// A part of a mapping.
  public struct Part: Sendable {
    let mapping: MappedMemory
    let offset: Int
    let count: Int

    /// `count` bytes of `mapping` from `offset`, which it has.
    public init(_ mapping: MappedMemory, offset: Int, count: Int) {
      self.mapping = mapping
      self.offset = offset
      self.count = count
    }
  }

  /// Maps the same bytes once more, so that parts which lie apart lie side by side here. No byte is copied.
  ///
  /// Each part must begin a page of its file, and each but the last must end one. Parts of a peer's memory are all of the
  /// same peer: its event is the first one's.
  public init(joining parts: [Part]) throws(SystemError) {
    let pageSize = 4096
    var total = 0
    for (index, part) in parts.enumerated() {
      guard part.count > 0, part.offset >= 0, part.offset <= part.mapping.count - part.count,
        (part.mapping.base + UInt(part.offset)) % UInt(pageSize) == 0,
        index == parts.count - 1 || part.count % pageSize == 0
      else { throw SystemError("map parts of files side by side: they are not whole pages", code: EINVAL) }
      let (sum, overflows) = total.addingReportingOverflow(part.count)
      guard !overflows, sum <= Int.max - pageSize else { throw SystemError("map parts of files", code: EINVAL) }
      total = sum
    }
    let length = (total + pageSize - 1) / pageSize * pageSize
    // Safe: a fresh reservation at an address of the kernel's choice overlaps nothing.
    guard length > 0,
      let start = unsafe mmap(nil, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
      unsafe start != MAP_FAILED
    else { throw SystemError("reserve \(length) bytes of addresses") }
    var done = 0
    for part in parts {
      // Safe: only the number is used before the system judges it.
      let pages = unsafe UnsafeMutableRawPointer(bitPattern: part.mapping.base + UInt(part.offset))
      let end = (part.count + pageSize - 1) / pageSize * pageSize
      // Safe: the pages are the part's own, and the place lies inside the reservation above, for lengths were added up.
      guard unsafe clinux_map_again(pages, end, start + done) == 0 else {
        let error = SystemError("map \(part.count) bytes beside others")
        // Safe: nobody has seen the reservation.
        unsafe munmap(start, length)
        throw error
      }
      done += part.count
    }
    // Safe: the guard only watches the range, which stays mapped until `deinit` has removed it.
    tornEvent = parts.first?.mapping.tornEvent
    guardSlot = unsafe clinux_bus_guard_add(start, length, pageSize, tornEvent?.descriptor.rawValue ?? -1)
    mappedBase = UInt(bitPattern: start)
    mappedCount = length
    base = mappedBase
    count = total
    guard guardSlot >= 0 else { throw SystemError("watch a mapping: too many are in use", code: ENOMEM) }
  }

  deinit {
    clinux_bus_guard_remove(guardSlot)
    // Safe: nobody can hold a pointer into the mapping, for `withBytes` lends it while the object lives.
    unsafe munmap(UnsafeMutableRawPointer(bitPattern: mappedBase), mappedCount)
  }

  /// True when the file shrank under the mapping, and zeros took the place of the whole mapping.
  public var isTorn: Bool {
    clinux_bus_guard_torn(guardSlot) != 0
  }

  /// Lends the bytes. The pointer must not leave the closure, and others may change what it points to meanwhile.
  @unsafe
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Safe: `count` bytes from `base` stay mapped while `self` lives, that is, during the call.
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: base), count: count)
    defer { withExtendedLifetime(self) {} }
    return try unsafe body(bytes)
  }

  /// Makes an anonymous file of `count` zero bytes that descriptors can share, to be mapped by both sides.
  public static func makeFile(named name: String, count: UInt64) throws(SystemError) -> Descriptor {
    try makeFile(named: name, count: count, hugePages: false)
  }

  /// Makes such a file of huge pages, of which `count` is a multiple.
  package static func makeFile(named name: String, count: UInt64, hugePages: Bool) throws(SystemError) -> Descriptor {
    // Safe: the name is only read, up to its zero.
    let file = Descriptor(owning: unsafe clinux_memfd_create(name, hugePages ? 1 : 0))
    guard file.rawValue >= 0, count <= UInt64(Int.max), ftruncate(file.rawValue, Int(count)) == 0 else {
      throw SystemError("make a shared memory file of \(count) bytes")
    }
    return file
  }
}

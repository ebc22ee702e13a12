internal import CLinux
internal import Glibc

/// Memory shared with every process that maps the same file: guest RAM, as a rule.
///
/// The mapping lives as long as this object, and keeps its file open (``fileRanges``), so that it can be passed on to
/// another process. Its contents may change at any moment under the reader's eyes, so values are copied out once and judged
/// from the copy. If the file shrinks under the mapping and a page that is lost is touched, all of the mapping is zeros from
/// then on, private to this process, and ``isTorn`` is true; nothing raises a signal.
@safe
public final class MappedMemory: Sendable {
  /// The length in bytes.
  public let count: Int
  private let base: UInt
  private let guardSlot: Int32
  private let mappedBase: UInt
  private let mappedCount: Int
  /// The parts of files that were mapped, in order.
  private let mappedRanges: [FileRange]
  /// Raised when the file shrinks under the mapping; kept alive for that.
  private let tornEvent: EventCounter?

  /// Maps `count` bytes of a file from `offset`, readable and writable, shared.
  ///
  /// The offset need not be a multiple of the page size; pages may be huge ones. A range that a regular file does not have
  /// is refused.
  public convenience init(_ file: Descriptor, offset: UInt64, count: UInt64) throws(SystemError) {
    try self.init(file, offset: offset, count: count, isWritable: true)
  }

  /// Maps memory that a peer shares, as ``init(_:offset:count:)`` does. `tornEvent` is raised when the file shrinks
  /// under this mapping or under one that it is joined into.
  ///
  /// Only a `memfd`, a file of a `tmpfs` such as `/dev/shm`, and a file of huge pages are mapped. Access to any other
  /// kind of file may block for as long as the peer likes, so it is refused with `EINVAL`.
  public convenience init(
    ofPeer file: Descriptor, offset: UInt64, count: UInt64, tornEvent: EventCounter
  ) throws(SystemError) {
    guard file.peerKind() == .memory else {
      throw SystemError(
        "map a file that is not a memfd, not in /dev/shm and not hugetlbfs", code: EINVAL)
    }
    try self.init(file, offset: offset, count: count, isWritable: true, tornEvent: tornEvent)
  }

  /// Maps as the others do. Writing to bytes that are not writable ends the process.
  ///
  /// Unless `keepsFile`, the file may be closed once it is mapped, and ``fileRanges`` is empty. A file that cannot shrink
  /// needs no guard against that, of which a process has 1024.
  init(
    _ file: Descriptor, offset: UInt64, count: UInt64, isWritable: Bool, keepsFile: Bool = true, canShrink: Bool = true,
    tornEvent: EventCounter? = nil
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
    guardSlot =
      unsafe canShrink
      ? clinux_bus_guard_add(start, length, Int(pageSize), tornEvent?.descriptor.rawValue ?? -1) : -1
    self.tornEvent = tornEvent
    mappedRanges = keepsFile ? [FileRange(file: file, offset: offset, count: count)] : []
    // Only the number is kept; every use goes through `withBytes`.
    mappedBase = UInt(bitPattern: start)
    mappedCount = length
    base = mappedBase + UInt(slack)
    self.count = Int(count)
    guard guardSlot >= 0 || !canShrink else {
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

  /// Maps scattered parts of mappings once more, contiguously. No byte is copied.
  ///
  /// Each part must begin a page of its file, and each but the last must end one. If a peer shared the parts, all must
  /// come from the same peer: only the first part's event is raised.
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
    var ranges: [FileRange] = []
    for part in parts {
      ranges += part.mapping.ranges(at: part.offset, count: part.count)
      // Safe: only the number is used before the system judges it.
      let pages = unsafe UnsafeMutableRawPointer(bitPattern: part.mapping.base + UInt(part.offset))
      let end = (part.count + pageSize - 1) / pageSize * pageSize
      // Safe: the pages are the part's own, and the place lies inside the reservation above, for lengths were added up.
      guard unsafe clinux_map_again(pages, end, start + done) == 0 else {
        let error = SystemError("map \(part.count) bytes contiguously")
        // Safe: nothing refers to the reservation.
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
    mappedRanges = ranges.reduce(0, { $0 + $1.count }) == UInt64(total) ? ranges : []
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

  /// True when a shrinking file is watched for.
  package var isGuarded: Bool { guardSlot >= 0 }

  /// Where the bytes lie in files: one range for a plain mapping, and one for each part of a joined one. Empty when the file
  /// was not kept, and when the mapping is torn: then the bytes are in no file.
  public var fileRanges: [FileRange] { isTorn ? [] : mappedRanges }

  /// Where `count` bytes from `offset` lie in a file; nil when they do not lie side by side in one that is kept.
  public func fileRange(at offset: Int, count: Int) -> FileRange? {
    let ranges = isTorn ? [] : ranges(at: offset, count: count)
    return ranges.count == 1 ? ranges[0] : nil
  }

  /// Where a part of the mapping lay in files when they were mapped; empty when that is not known.
  private func ranges(at offset: Int, count: Int) -> [FileRange] {
    guard offset >= 0, count > 0, offset <= self.count - count else { return [] }
    var found: [FileRange] = []
    var (start, left) = (UInt64(offset), UInt64(count))
    for range in mappedRanges where left > 0 {
      if start >= range.count {
        start -= range.count
      } else if let part = range.part(at: start, count: min(left, range.count - start)) {
        found.append(part)
        (start, left) = (0, left - part.count)
      }
    }
    return found
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
}

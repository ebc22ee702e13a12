internal import CLinux
internal import Glibc
private import Synchronization

/// Range of bytes into which parts of files are mapped: the front end's side of a device's shared memory region.
///
/// The window keeps a list of mappings and reserves no addresses: an offset that is not mapped is an error. Requests are not
/// trusted: every range is checked in 64 bits. Each call is atomic for every thread.
public final class MemoryWindow: Sendable {
  /// The most mappings at a time. Each takes one of the 1024 guards that a process has for files that shrink.
  public static let maximumMappings = 512

  /// The length in bytes.
  public let count: UInt64
  private let mappings = Mutex<[Mapping]>([])

  private struct Mapping {
    let range: Range<UInt64>
    let memory: MappedMemory
    let isWritable: Bool
  }

  /// An empty window.
  public init(count: UInt64) {
    self.count = count
  }

  /// How many mappings there are.
  public var mappingCount: Int { mappings.withLock(\.count) }

  /// Shows `count` bytes of a file from `fileOffset` at `offset`, all three multiples of the page size.
  ///
  /// Refused with `EINVAL` when the range is empty, has no whole pages or is not inside, with `EEXIST` where
  /// something is already, with `ENOSPC` when there are ``maximumMappings``, and with whatever the system says when the
  /// file cannot be mapped so, `ENXIO` when it is too short.
  public func map(
    _ file: Descriptor, from fileOffset: UInt64 = 0, count: UInt64, at offset: UInt64, isWritable: Bool = true
  ) throws(SystemError) {
    let operation = "map \(count) bytes at \(offset) of a window of \(self.count)"
    let pageSize = UInt64(clinux_page_size(file.rawValue))
    guard let range = range(at: offset, count: count), fileOffset % pageSize == 0, offset % pageSize == 0,
      count % pageSize == 0
    else { throw SystemError(operation, code: EINVAL) }
    try mappings.withLock { mappings throws(SystemError) in
      guard mappings.count < Self.maximumMappings else { throw SystemError(operation, code: ENOSPC) }
      guard !mappings.contains(where: { $0.range.overlaps(range) }) else { throw SystemError(operation, code: EEXIST) }
      let memory = try MappedMemory(file, offset: fileOffset, count: count, isWritable: isWritable, keepsFile: false)
      mappings.append(Mapping(range: range, memory: memory, isWritable: isWritable))
    }
  }

  /// Removes the mapping of exactly this range; anything else is refused with `EINVAL`.
  public func unmap(count: UInt64, at offset: UInt64) throws(SystemError) {
    let range = range(at: offset, count: count)
    try mappings.withLock { mappings throws(SystemError) in
      guard let index = mappings.firstIndex(where: { $0.range == range }) else {
        throw SystemError("unmap \(count) bytes at \(offset): no mapping has this offset and length", code: EINVAL)
      }
      mappings.remove(at: index)
    }
  }

  /// Removes all mappings.
  public func unmapAll() {
    mappings.withLock { $0 = [] }
  }

  /// Copies bytes of one mapping out; `EFAULT` when they are not all in one.
  public func read(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
    try mappings.withLock { mappings throws(SystemError) in
      let (mapping, place) = try Self.find(offset, count, in: mappings)
      // Safe: the place lies inside the mapping, which lives while the lock is held.
      return unsafe mapping.memory.withBytes { bytes in
        // Safe: as above.
        unsafe [UInt8](bytes[place])
      }
    }
  }

  /// Copies bytes into one mapping; `EFAULT` when they do not all belong into one, or it is not writable.
  public func write(_ bytes: [UInt8], at offset: UInt64) throws(SystemError) {
    try mappings.withLock { mappings throws(SystemError) in
      let (mapping, place) = try Self.find(offset, bytes.count, in: mappings)
      guard mapping.isWritable else { throw SystemError("write at \(offset), which can only be read", code: EFAULT) }
      // Safe: the place lies inside the mapping, which is writable and lives while the lock is held.
      unsafe mapping.memory.withBytes { memory in
        // Safe: as above; the array has as many bytes as the place.
        unsafe bytes.withUnsafeBytes { unsafe memory[place].copyBytes(from: $0) }
      }
    }
  }

  private func range(at offset: UInt64, count: UInt64) -> Range<UInt64>? {
    let (end, wraps) = offset.addingReportingOverflow(count)
    return !wraps && count > 0 && end <= self.count ? offset..<end : nil
  }

  private static func find(
    _ offset: UInt64, _ count: Int, in mappings: [Mapping]
  ) throws(SystemError) -> (Mapping, Range<Int>) {
    if count >= 0, let mapping = mappings.first(where: { $0.range.contains(offset) }),
      UInt64(count) <= mapping.range.upperBound - offset
    {
      let start = Int(offset - mapping.range.lowerBound)
      return (mapping, start..<start + count)
    }
    throw SystemError("reach \(count) bytes at \(offset), where nothing is mapped", code: EFAULT)
  }
}

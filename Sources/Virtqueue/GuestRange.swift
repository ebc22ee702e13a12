public import LinuxIO

/// Bytes of guest memory that lie side by side on the host, with the mapping that keeps them there.
///
/// Offsets count from the first byte of the range and are checked: an access outside is left out (writes) or reads as
/// zero, for a range is resolved once, from checked sizes, and then used within them.
@safe
public struct GuestRange: Sendable {
  /// The mapping that has the bytes, and keeps them where they are.
  public let mapping: MappedMemory
  /// Where the bytes start in the mapping.
  public let offset: Int
  /// The length in bytes.
  public let count: Int

  /// All of a mapping.
  public init(_ mapping: MappedMemory) {
    self.init(mapping: mapping, offset: 0, count: mapping.count)
  }

  init(mapping: MappedMemory, offset: Int, count: Int) {
    self.mapping = mapping
    self.offset = offset
    self.count = count
  }

  /// This range and the next one as one, when they lie side by side in the same mapping.
  public func joined(with next: GuestRange) -> GuestRange? {
    guard mapping === next.mapping, offset + count == next.offset else { return nil }
    return GuestRange(mapping: mapping, offset: offset, count: count + next.count)
  }

  /// Ranges one after the other as one, without a copy: by mapping their pages once more, side by side. Nil when they are
  /// not whole pages, or the system grants no more mappings.
  public static func contiguous(_ ranges: [GuestRange]) -> GuestRange? {
    guard ranges.count != 1 else { return ranges[0] }
    let parts = ranges.map { MappedMemory.Part($0.mapping, offset: $0.offset, count: $0.count) }
    guard let joined = try? MappedMemory(joining: parts) else { return nil }
    return GuestRange(mapping: joined, offset: 0, count: joined.count)
  }

  /// Where the bytes lie in the guest's memory file, for another process to map; nil when they are not all in one file, side
  /// by side.
  public var fileRange: FileRange? { mapping.fileRange(at: offset, count: count) }

  /// Lends the bytes; others may change them meanwhile, and the pointer must not leave the closure.
  @unsafe
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Safe: the range was cut out of the mapping's bounds when it was made.
    try unsafe mapping.withBytes { bytes throws(Failure) in
      try unsafe body(UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count]))
    }
  }

  /// Adds a copy of all bytes to `bytes`.
  public func append(to bytes: inout [UInt8]) {
    // Safe: the bytes are copied while lent.
    unsafe withBytes { unsafe bytes.append(contentsOf: $0) }
  }

  /// Copies bytes in, from `position` on.
  public func write(_ bytes: ArraySlice<UInt8>, at position: Int) {
    guard position >= 0, position <= count, bytes.count <= count - position else { return }
    // Safe: the bytes end inside the range, as checked above, and the array is read while it is lent.
    unsafe withBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress else { return }
        unsafe target.baseAddress?.advanced(by: position).copyMemory(from: start, byteCount: source.count)
      }
    }
  }

  /// Copies bytes in, from `position` on.
  public func write(_ bytes: [UInt8], at position: Int) {
    write(bytes[...], at: position)
  }

  /// Copies `count` bytes out, from `position` on.
  public func read(at position: Int, count length: Int) -> [UInt8] {
    guard position >= 0, position <= count, length >= 0, length <= count - position else { return [] }
    // Safe: the bytes end inside the range, as checked above.
    return unsafe withBytes { source in
      unsafe [UInt8](source[position..<position + length])
    }
  }
}

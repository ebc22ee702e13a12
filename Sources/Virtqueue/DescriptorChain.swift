/// One request of the driver: buffers to read, then buffers to write the response into.
///
/// The borders between buffers mean nothing; the chain reads and writes across them.
public struct DescriptorChain: Sendable {
  /// A buffer in guest memory, as the driver claims it: checked when it is used.
  public struct Segment: Equatable, Sendable {
    /// Guest-physical.
    public let address: UInt64
    /// In bytes.
    public let length: UInt32

    /// `length` bytes at `address`.
    package init(address: UInt64, length: UInt32) {
      self.address = address
      self.length = length
    }
  }

  /// The index of the first descriptor, by which the driver knows the request.
  public let head: UInt16
  /// What the driver wrote, in order.
  public let readable: [Segment]
  /// Where the response goes, in order.
  public let writable: [Segment]
  /// The memory that the request came in.
  public let memory: GuestMemory

  package init(head: UInt16, readable: [Segment], writable: [Segment], memory: GuestMemory) {
    self.head = head
    self.readable = readable
    self.writable = writable
    self.memory = memory
  }

  /// How many bytes the driver claims to have written; each of at most 2¹⁴ buffers claims at most 2³², so it fits.
  public var readableCount: UInt64 { readable.reduce(0) { $0 + UInt64($1.length) } }

  /// Where a response of at most `count` bytes goes: what a pending request has to keep.
  public func writable(for count: Int) -> [Segment] {
    var (room, left) = ([Segment](), UInt64(max(0, count)))
    for segment in writable where segment.length > 0 && left > 0 {
      room.append(segment)
      left -= min(left, UInt64(segment.length))
    }
    return room
  }

  /// Copies the request out of guest memory, once, at most `limit` bytes of it.
  public func read(limit: Int) throws(GuestMemoryError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(min(UInt64(max(0, limit)), readableCount)))
    for segment in readable {
      let left = limit - bytes.count
      guard left > 0 else { break }
      for range in try memory.ranges(at: segment.address, count: min(UInt64(segment.length), UInt64(left))) {
        range.append(to: &bytes)
      }
    }
    return bytes
  }

  /// Copies as much of the response into the memory that the request came in as there is room for, and says how much that
  /// was. For a response that goes out later, see ``GuestMemory/write(_:into:)``.
  public func write(_ bytes: [UInt8]) throws(GuestMemoryError) -> UInt32 {
    try memory.write(bytes, into: writable)
  }
}

extension GuestMemory {
  /// Copies as much of a response into the buffers of a request as there is room for, and says how much that was. Nothing
  /// is written unless all of that room is memory.
  public func write(_ bytes: [UInt8], into segments: [DescriptorChain.Segment]) throws(GuestMemoryError) -> UInt32 {
    var found: [GuestRange] = []
    var left = bytes.count
    for segment in segments where left > 0 {
      let count = min(left, Int(segment.length))
      found += try ranges(at: segment.address, count: UInt64(count))
      left -= count
    }
    var done = 0
    for range in found {
      range.write(bytes[done..<done + range.count], at: 0)
      done += range.count
    }
    return UInt32(done)
  }
}

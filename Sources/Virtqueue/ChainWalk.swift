internal import Wire

/// Follows the descriptors of one request and sorts its buffers.
struct ChainWalk {
  private(set) var readable: [DescriptorChain.Segment] = []
  private(set) var writable: [DescriptorChain.Segment] = []
  private var count = 0

  /// Takes `first` and all that follow it, each found by `next`. A loop is found by its length.
  mutating func follow(
    _ first: RingDescriptor, next: (UInt16) throws(MalformedChain) -> RingDescriptor
  ) throws(MalformedChain) {
    var entry = first
    while true {
      try add(entry)
      guard entry.flags & RingDescriptor.hasNext != 0 else { return }
      entry = try next(entry.next)
      guard entry.flags & RingDescriptor.isIndirect == 0 else {
        throw MalformedChain(reason: "an indirect descriptor inside a chain")
      }
    }
  }

  private mutating func add(_ entry: RingDescriptor) throws(MalformedChain) {
    count += 1
    guard count <= Virtqueue.longestChain else {
      throw MalformedChain(reason: "a chain of more than \(Virtqueue.longestChain) descriptors, or a loop")
    }
    let segment = DescriptorChain.Segment(address: entry.address, length: entry.length)
    if entry.flags & RingDescriptor.isWritable != 0 {
      writable.append(segment)
    } else if writable.isEmpty {
      readable.append(segment)
    } else {
      throw MalformedChain(reason: "a buffer to read after one to write")
    }
  }
}

/// An indirect table, copied out of guest memory once, so that it cannot change while it is followed.
struct IndirectTable {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  func descriptor(_ index: UInt16) throws(MalformedChain) -> RingDescriptor {
    var reader = ByteReader(bytes)
    let entry: RingDescriptor
    do {
      try reader.skip(Int(index) * RingDescriptor.size)
      entry = try RingDescriptor(&reader)
    } catch {
      throw MalformedChain(
        reason: "descriptor \(index) lies outside an indirect table of \(bytes.count / RingDescriptor.size)")
    }
    guard entry.flags & RingDescriptor.isIndirect == 0 else {
      throw MalformedChain(reason: "an indirect descriptor inside an indirect table")
    }
    return entry
  }
}

/// Why a request was given back unread.
struct MalformedChain: Error {
  let reason: String
}

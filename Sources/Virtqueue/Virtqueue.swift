internal import Wire

/// The device's side of a split virtqueue: takes requests, gives them back, and knows when the driver wants a notification.
///
/// It is used from one thread. Nothing the driver writes can trap it: a request that makes no sense is given back by
/// ``take()`` itself, and a ring that makes no sense is a ``VirtqueueError``, after which the queue is not used again.
public final class Virtqueue {
  /// What ``take()`` found.
  public enum Taken: Sendable {
    /// A request; it stays with the device until ``give(back:written:)``.
    case request(DescriptorChain)
    /// A request whose descriptors make no sense. It was given back empty; the reason is for the log.
    case malformed(reason: String)
  }

  /// The most descriptors of one request. Linux sends large payloads page by page, in more descriptors than the ring
  /// has; this is room for 64 MiB of them, and a bound for what a request can make us remember.
  public static let longestChain = 16384

  /// The index in the available ring of the request that is taken next: what vhost-user calls the ring's base.
  public private(set) var nextAvailable: UInt16
  /// How many requests are with the device.
  public private(set) var inFlight = 0

  private let layout: VirtqueueLayout
  private let features: VirtqueueFeatures
  private let memory: GuestMemory
  private let descriptors: GuestRange
  private let available: GuestRange
  private let used: GuestRange
  private var nextUsed: UInt16
  /// The used index when we last thought about a notification.
  private var judgedUsed: UInt16

  private var mask: UInt16 { layout.size - 1 }

  /// A queue at `layout` in `memory`, going on from `nextAvailable`.
  public init(
    layout: VirtqueueLayout, memory: GuestMemory, features: VirtqueueFeatures, nextAvailable: UInt16 = 0
  ) throws(VirtqueueError) {
    guard layout.isValid else { throw .badLayout(layout) }
    do {
      descriptors = try memory.range(at: layout.descriptorTable, count: layout.descriptorTableCount)
      available = try memory.range(at: layout.availableRing, count: layout.availableRingCount)
      used = try memory.range(at: layout.usedRing, count: layout.usedRingCount)
    } catch {
      throw .outsideMemory(error)
    }
    self.layout = layout
    self.memory = memory
    self.features = features
    self.nextAvailable = nextAvailable
    nextUsed = used.loadAcquiring(at: 2)
    judgedUsed = nextUsed
  }

  /// The next request; nil when the driver has made no more available.
  public func take() throws(VirtqueueError) -> Taken? {
    let end = available.loadAcquiring(at: 2)
    guard end != nextAvailable else { return nil }
    guard end &- nextAvailable <= layout.size else { throw .indexJumped(from: nextAvailable, to: end) }
    let head = available.loadAcquiring(at: 4 + 2 * Int(nextAvailable & mask))
    guard head < layout.size else { throw .badHead(head) }
    nextAvailable &+= 1
    inFlight += 1
    do {
      return .request(try chain(from: head))
    } catch {
      give(back: head, written: 0)
      return .malformed(reason: error.reason)
    }
  }

  /// Gives a request back, with `written` bytes of response in its buffers.
  public func give(back head: UInt16, written: UInt32) {
    let entry = 4 + 8 * Int(nextUsed & mask)
    var element = ByteWriter(capacity: 8)
    element.u32(UInt32(head))
    element.u32(written)
    used.write(element.bytes, at: entry)
    nextUsed &+= 1
    used.storeReleasing(nextUsed, at: 2)
    inFlight = max(0, inFlight - 1)
  }

  /// True when the driver wants a notification of what was given back since the last call.
  public func needsNotification() -> Bool {
    let old = judgedUsed
    judgedUsed = nextUsed
    guard old != nextUsed else { return false }
    // The driver writes the index that it wants, then reads ours; we wrote our index, and read the one that it wants.
    GuestRange.fence()
    guard features.eventIndex else { return available.loadAcquiring(at: 0) & 1 == 0 }
    let wanted = available.loadAcquiring(at: 4 + 2 * Int(layout.size))
    return nextUsed &- wanted &- 1 < nextUsed &- old
  }

  /// Asks the driver to kick for its next request; true when one has come meanwhile, so that none is overlooked.
  public func askForKick() -> Bool {
    if features.eventIndex {
      used.storeReleasing(nextAvailable, at: 4 + 8 * Int(layout.size))
    } else {
      used.storeReleasing(0, at: 0)
    }
    GuestRange.fence()
    return available.loadAcquiring(at: 2) != nextAvailable
  }

  private func chain(from head: UInt16) throws(MalformedChain) -> DescriptorChain {
    var walk = ChainWalk()
    let first = try descriptor(descriptors, index: head)
    if first.flags & RingDescriptor.isIndirect == 0 {
      try walk.follow(first) { index throws(MalformedChain) in try descriptor(descriptors, index: index) }
    } else {
      let table = try indirectTable(first)
      try walk.follow(table.descriptor(0)) { index throws(MalformedChain) in try table.descriptor(index) }
    }
    return DescriptorChain(head: head, readable: walk.readable, writable: walk.writable, memory: memory)
  }

  private func descriptor(_ table: GuestRange, index: UInt16) throws(MalformedChain) -> RingDescriptor {
    let bytes = table.read(at: RingDescriptor.size * Int(index), count: RingDescriptor.size)
    do {
      var reader = ByteReader(bytes)
      return try RingDescriptor(&reader)
    } catch {
      throw MalformedChain(reason: "descriptor \(index) lies outside a table of \(table.count / RingDescriptor.size)")
    }
  }

  private func indirectTable(_ entry: RingDescriptor) throws(MalformedChain) -> IndirectTable {
    guard features.indirectDescriptors else {
      throw MalformedChain(reason: "an indirect descriptor, which was not negotiated")
    }
    guard entry.flags & RingDescriptor.hasNext == 0 else {
      throw MalformedChain(reason: "an indirect descriptor with a next one")
    }
    let size = UInt32(RingDescriptor.size)
    guard entry.length > 0, entry.length % size == 0, entry.length / size <= UInt32(Self.longestChain) else {
      throw MalformedChain(reason: "an indirect table of \(entry.length) bytes")
    }
    do {
      return IndirectTable(try memory.read(at: entry.address, count: Int(entry.length)))
    } catch {
      throw MalformedChain(reason: "an indirect table where \(error)")
    }
  }
}

/// A ring that cannot be used any more.
public enum VirtqueueError: Error, Equatable, CustomStringConvertible {
  /// Size or alignment are not what the specification allows.
  case badLayout(VirtqueueLayout)
  /// A part of the ring is not guest memory.
  case outsideMemory(GuestMemoryError)
  /// More requests appeared than the ring can hold.
  case indexJumped(from: UInt16, to: UInt16)
  /// The available ring names a descriptor that does not exist.
  case badHead(UInt16)
  /// The driver has more requests with the device than the ring has entries.
  case tooManyOutstanding(size: Int)

  /// A sentence.
  public var description: String {
    switch self {
    case .badLayout(let layout): "a ring of \(layout.size) entries, or one of its addresses, is not allowed"
    case .outsideMemory(let error): "a ring lies outside memory: \(error)"
    case .indexJumped(let old, let new): "the available index jumped from \(old) to \(new)"
    case .badHead(let head): "the available ring names descriptor \(head), which the table does not have"
    case .tooManyOutstanding(let size):
      "more requests are outstanding than the \(size) that it has room for"
    }
  }
}

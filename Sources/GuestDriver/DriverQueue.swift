public import Virtqueue
internal import Wire

/// The driver's side of a split virtqueue: puts requests in, takes them back.
///
/// Next to the orderly way in, ``submit(readable:writable:)``, there are ``writeDescriptor(_:at:)`` and
/// ``publish(head:)`` to build requests that no driver should send: tests and fuzzers need them. Used from one thread.
public final class DriverQueue {
  /// A buffer of a request.
  public struct Buffer: Equatable, Sendable {
    /// Guest-physical.
    public var address: UInt64
    /// In bytes.
    public var length: UInt32

    /// `length` bytes at `address`.
    public init(address: UInt64, length: UInt32) {
      self.address = address
      self.length = length
    }
  }

  /// A descriptor, exactly as it is put into the table.
  public struct RawDescriptor: Equatable, Sendable {
    /// Guest-physical.
    public var address: UInt64
    /// In bytes.
    public var length: UInt32
    /// 1: has a next one; 2: the device writes; 4: indirect.
    public var flags: UInt16
    /// The next one's index.
    public var next: UInt16

    /// A descriptor of these fields.
    public init(address: UInt64, length: UInt32, flags: UInt16 = 0, next: UInt16 = 0) {
      self.address = address
      self.length = length
      self.flags = flags
      self.next = next
    }

    /// The 16 bytes of the table entry.
    public var bytes: [UInt8] {
      var writer = ByteWriter(capacity: 16)
      writer.u64(address)
      writer.u32(length)
      writer.u16(flags)
      writer.u16(next)
      return writer.bytes
    }
  }

  /// A request that came back.
  public struct Used: Equatable, Sendable {
    /// Its first descriptor.
    public let head: UInt16
    /// How many bytes the device says it wrote.
    public let written: UInt32
  }

  /// Where the rings lie.
  public let layout: VirtqueueLayout
  private let features: VirtqueueFeatures
  private let ram: GuestRAM
  private let table: GuestRange
  private let available: GuestRange
  private let used: GuestRange
  private var free: [UInt16]
  private var chains: [UInt16: [UInt16]] = [:]
  private var nextAvailable: UInt16 = 0
  private var judgedAvailable: UInt16 = 0
  private var nextUsed: UInt16 = 0

  /// Lays out a queue of `size` descriptors, a power of two, in `ram`.
  public init(size: UInt16, ram: GuestRAM, features: VirtqueueFeatures = VirtqueueFeatures()) throws {
    let measure = VirtqueueLayout(size: size, descriptorTable: 0, availableRing: 0, usedRing: 0)
    layout = VirtqueueLayout(
      size: size,
      descriptorTable: try ram.allocate(measure.descriptorTableCount),
      availableRing: try ram.allocate(measure.availableRingCount),
      usedRing: try ram.allocate(measure.usedRingCount))
    self.features = features
    self.ram = ram
    table = try ram.memory.range(at: layout.descriptorTable, count: layout.descriptorTableCount)
    available = try ram.memory.range(at: layout.availableRing, count: layout.availableRingCount)
    used = try ram.memory.range(at: layout.usedRing, count: layout.usedRingCount)
    free = (0..<size).reversed()
  }

  /// Puts a request in, one descriptor a buffer; nil when the table has too few free ones. The device does not know
  /// of it before it is kicked.
  public func submit(readable: [Buffer], writable: [Buffer]) -> UInt16? {
    let count = readable.count + writable.count
    guard count > 0, free.count >= count else { return nil }
    let indexes = (0..<count).compactMap { _ in free.popLast() }
    for (place, index) in indexes.enumerated() {
      let buffer = place < readable.count ? readable[place] : writable[place - readable.count]
      let isLast = place == count - 1
      let flags: UInt16 = (isLast ? 0 : 1) | (place < readable.count ? 0 : 2)
      writeDescriptor(
        RawDescriptor(
          address: buffer.address, length: buffer.length, flags: flags, next: isLast ? 0 : indexes[place + 1]),
        at: index)
    }
    chains[indexes[0]] = indexes
    publish(head: indexes[0])
    return indexes[0]
  }

  /// Puts a request in through a table of its own at `address`, where there is room for 16 bytes a buffer.
  public func submitIndirect(readable: [Buffer], writable: [Buffer], table address: UInt64) throws -> UInt16? {
    guard let index = free.popLast() else { return nil }
    let buffers = readable + writable
    var bytes: [UInt8] = []
    for (place, buffer) in buffers.enumerated() {
      let flags: UInt16 = (place == buffers.count - 1 ? 0 : 1) | (place < readable.count ? 0 : 2)
      bytes +=
        RawDescriptor(
          address: buffer.address, length: buffer.length, flags: flags, next: UInt16(truncatingIfNeeded: place + 1)
        ).bytes
    }
    try ram.memory.write(bytes, at: address)
    writeDescriptor(RawDescriptor(address: address, length: UInt32(bytes.count), flags: 4), at: index)
    chains[index] = [index]
    publish(head: index)
    return index
  }

  /// Writes a table entry as it is.
  public func writeDescriptor(_ descriptor: RawDescriptor, at index: UInt16) {
    table.write(descriptor.bytes, at: 16 * Int(index))
  }

  /// Makes the request that starts at `head` available, without checking `head`: tests pass invalid ones.
  public func publish(head: UInt16) {
    available.storeReleasing(head, at: 4 + 2 * Int(nextAvailable & (layout.size - 1)))
    nextAvailable &+= 1
    available.storeReleasing(nextAvailable, at: 2)
  }

  /// Sets the available index to any value, to test a device that reads it.
  public func forceAvailableIndex(_ index: UInt16) {
    nextAvailable = index
    available.storeReleasing(index, at: 2)
  }

  /// True when the device wants a kick for what was submitted since this was last asked.
  public func needsKick() -> Bool {
    let old = judgedAvailable
    judgedAvailable = nextAvailable
    guard old != nextAvailable else { return false }
    GuestRange.fence()
    guard features.eventIndex else { return used.loadAcquiring(at: 0) & 1 == 0 }
    let wanted = used.loadAcquiring(at: 4 + 8 * Int(layout.size))
    return nextAvailable &- wanted &- 1 < nextAvailable &- old
  }

  /// The next request that came back; nil when there is none.
  public func collect() -> Used? {
    guard used.loadAcquiring(at: 2) != nextUsed else { return nil }
    var reader = ByteReader(used.read(at: 4 + 8 * Int(nextUsed & (layout.size - 1)), count: 8))
    guard let head = try? reader.u32(), let written = try? reader.u32() else { return nil }
    nextUsed &+= 1
    let index = UInt16(truncatingIfNeeded: head)
    free += chains.removeValue(forKey: index) ?? []
    return Used(head: index, written: written)
  }

  /// Asks to be notified of the next request that comes back; true when one has come meanwhile.
  public func askForCall() -> Bool {
    if features.eventIndex { available.storeReleasing(nextUsed, at: 4 + 2 * Int(layout.size)) }
    GuestRange.fence()
    return used.loadAcquiring(at: 2) != nextUsed
  }
}

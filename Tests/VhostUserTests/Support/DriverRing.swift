import Virtqueue
import Wire

/// The driver's side of a ring, as small as a test needs it: one buffer to read and one to write per request.
struct DriverRing {
  let layout: VirtqueueLayout
  private(set) var memory: GuestMemory
  private var made: UInt16 = 0
  private var seen: UInt16 = 0

  init(_ layout: VirtqueueLayout, in memory: GuestMemory) {
    self.layout = layout
    self.memory = memory
  }

  init(_ ram: TestRAM, queue: Int = 0, size: UInt16 = 16) {
    self.init(ram.layout(queue: queue, size: size), in: ram.memory)
  }

  /// The same ring, in memory that is now elsewhere.
  func moved(to ram: TestRAM) -> DriverRing {
    var ring = self
    ring.memory = ram.memory
    return ring
  }

  private var buffers: UInt64 { layout.descriptorTable + 0x10000 }

  /// Makes a request available, with room for a response of the same length. The bytes are at most 256.
  mutating func post(_ request: [UInt8]) throws {
    let slot = UInt64(made % (layout.size / 2))
    let head = UInt16(slot * 2)
    let place = buffers + slot * 512
    try memory.write(request, at: place)
    var table = ByteWriter()
    entry(&table, place, request.count, flags: 1, next: head + 1)
    entry(&table, place + 256, request.count, flags: 2, next: 0)
    try memory.write(table.bytes, at: layout.descriptorTable + 16 * UInt64(head))
    try publish(head: head)
  }

  /// Makes a head available, whatever its descriptors are.
  mutating func publish(head: UInt16) throws {
    try write(head, at: layout.availableRing + 4 + 2 * UInt64(made % layout.size))
    made &+= 1
    try setAvailableIndex(made)
  }

  func setAvailableIndex(_ index: UInt16) throws {
    try memory.range(at: layout.availableRing, count: layout.availableRingCount).storeReleasing(index, at: 2)
  }

  /// Asks for a call after the response with this number (used_event).
  func setUsedEvent(_ index: UInt16) throws {
    try write(index, at: layout.availableRing + 4 + 2 * UInt64(layout.size))
  }

  /// The index at which the device asks for a kick (with the event index).
  func kickIndex() throws -> UInt16 {
    try memory.range(at: layout.usedRing, count: layout.usedRingCount).loadAcquiring(at: 4 + 8 * Int(layout.size))
  }

  /// Asks for a call after the next response.
  func setUsedEventToNext() throws {
    try setUsedEvent(seen)
  }

  /// The responses that came since this was last called.
  mutating func responses() throws -> [[UInt8]] {
    let used = try memory.range(at: layout.usedRing, count: layout.usedRingCount)
    let end = used.loadAcquiring(at: 2)
    var found: [[UInt8]] = []
    while seen != end {
      var reader = ByteReader(used.read(at: 4 + 8 * Int(seen % layout.size), count: 8))
      let head = try reader.u32()
      let count = Int(try reader.u32())
      found.append(try memory.read(at: buffers + UInt64(head / 2) * 512 + 256, count: count))
      seen &+= 1
    }
    return found
  }

  private func entry(_ table: inout ByteWriter, _ address: UInt64, _ count: Int, flags: UInt16, next: UInt16) {
    table.u64(address)
    table.u32(UInt32(count))
    table.u16(flags)
    table.u16(next)
  }

  private func write(_ value: UInt16, at address: UInt64) throws {
    var writer = ByteWriter()
    writer.u16(value)
    try memory.write(writer.bytes, at: address)
  }
}

package import LinuxIO
package import Virtqueue

/// The memory that the front end shares, region by region, as its messages add and remove them.
///
/// A change is made whole or not at all: when a region cannot be mapped, the table stays what it was.
package struct MemoryTable {
  /// The most regions that one `setMemTable` describes (`VHOST_MEMORY_BASELINE_NREGIONS`).
  package static let maximumRegionsOfOneMessage = 8
  /// The most regions at a time. Each costs a mapping of this process, of which the system grants some 65 thousand.
  package static let maximumRegions = 256
  /// The most bytes at a time: 16 TiB of address space, of the 128 that a process has.
  package static let maximumBytes: UInt64 = 1 << 44

  private struct Entry {
    let region: MemoryRegion
    let mapping: MappedMemory
  }

  private var entries: [Entry] = []

  /// The same memory, to look up addresses in.
  package private(set) var memory = GuestMemory.none

  private let tornEvent: EventCounter

  /// An empty table. `tornEvent` is raised when the front end shortens a file under memory that is in use.
  package init(tornEvent: EventCounter) {
    self.tornEvent = tornEvent
  }

  /// Takes these regions and nothing else.
  package mutating func replace(with regions: [SharedRegion]) throws {
    try adopt(regions.map(map))
  }

  /// Adds a region. One that is there already is mapped anew, from the file that came with it.
  package mutating func add(_ shared: SharedRegion) throws {
    try adopt(entries.filter { !$0.region.isSlot(shared.region) } + [map(shared)])
  }

  /// Removes a region, which is known by its addresses and its length.
  package mutating func remove(_ region: MemoryRegion) throws {
    let rest = entries.filter { !$0.region.isSlot(region) }
    guard rest.count < entries.count else { throw MemoryTableError.noRegion(region) }
    try adopt(rest)
  }

  private mutating func adopt(_ candidates: [Entry]) throws {
    guard candidates.count <= Self.maximumRegions else { throw MemoryTableError.tooMany(candidates.count) }
    // Each mapping exists, so it is shorter than the address space, and 256 of them do not wrap 64 bits.
    let total = candidates.reduce(into: UInt64(0)) { $0 &+= $1.region.count }
    guard total <= Self.maximumBytes else { throw MemoryTableError.tooLong(total) }
    memory = try GuestMemory(
      candidates.map {
        GuestMemory.Region(
          guestAddress: $0.region.guestAddress, userAddress: $0.region.userAddress, mapping: $0.mapping)
      })
    entries = candidates
  }

  private func map(_ shared: SharedRegion) throws -> Entry {
    let region = shared.region
    let mapping = try MappedMemory(
      ofPeer: shared.file, offset: region.fileOffset, count: region.count, tornEvent: tornEvent)
    return Entry(region: region, mapping: mapping)
  }
}

/// A change of the memory table that cannot be.
enum MemoryTableError: Error, Equatable, CustomStringConvertible {
  case tooMany(Int)
  case tooLong(UInt64)
  case noRegion(MemoryRegion)

  var description: String {
    switch self {
    case .tooMany(let count): "\(count) memory regions are more than the \(MemoryTable.maximumRegions) allowed"
    case .tooLong(let count): "\(count) bytes of memory are more than the \(MemoryTable.maximumBytes) allowed"
    case .noRegion(let region):
      "no region of \(region.count) bytes at 0x\(String(region.guestAddress, radix: 16)) was added"
    }
  }
}

public import LinuxIO

/// The guest's memory as the device sees it: regions of shared files, found by guest-physical address.
///
/// A value, so that a queue or a resource keeps the mappings it was given alive while the front end replaces its memory
/// table. All sizes and addresses are in bytes. Contents may change under the reader at any moment: copy once, judge
/// the copy.
public struct GuestMemory: Sendable {
  /// One region of the front end's memory table.
  public struct Region: Sendable {
    /// Its first guest-physical address, which descriptors and backing entries use.
    public let guestAddress: UInt64
    /// Its first address in the front end's own process, which ring addresses use.
    public let userAddress: UInt64
    /// The memory itself.
    public let mapping: MappedMemory

    /// A region over a mapping.
    public init(guestAddress: UInt64, userAddress: UInt64, mapping: MappedMemory) {
      self.guestAddress = guestAddress
      self.userAddress = userAddress
      self.mapping = mapping
    }

    var count: UInt64 { UInt64(mapping.count) }

    /// The offset of `address` in a region that starts at `start`; nil when it has not `count` bytes from there.
    func offset(of address: UInt64, from start: UInt64, count: UInt64) -> Int? {
      guard address >= start, address - start <= self.count, count <= self.count - (address - start) else {
        return nil
      }
      return Int(address - start)
    }
  }

  /// The regions, by ascending guest-physical address.
  public let regions: [Region]

  /// Memory of these regions, which must not overlap nor reach past the last address.
  public init(_ regions: [Region]) throws(GuestMemoryError) {
    let sorted = regions.sorted { $0.guestAddress < $1.guestAddress }
    for region in sorted {
      guard !region.guestAddress.addingReportingOverflow(region.count).overflow,
        !region.userAddress.addingReportingOverflow(region.count).overflow
      else { throw .wraps(address: region.guestAddress, count: region.count) }
    }
    for (left, right) in zip(sorted, sorted.dropFirst())
    where left.guestAddress + left.count > right.guestAddress {
      throw .overlap(address: right.guestAddress)
    }
    self.regions = sorted
  }

  /// No memory at all: every access is an error.
  public static var none: GuestMemory {
    GuestMemory(sorted: [])
  }

  private init(sorted: [Region]) {
    regions = sorted
  }

  /// The ranges of host memory behind `count` bytes at a guest-physical address, in order, one for each region that the
  /// bytes cross. Every byte must be inside a region.
  public func ranges(at address: UInt64, count: UInt64) throws(GuestMemoryError) -> [GuestRange] {
    var found: [GuestRange] = []
    var position = address
    var left = count
    while left > 0 {
      guard let region = region(holding: position) else { throw .notMemory(address: address, count: count) }
      let offset = position - region.guestAddress
      let here = min(left, region.count - offset)
      found.append(GuestRange(mapping: region.mapping, offset: Int(offset), count: Int(here)))
      left -= here
      // The region ends inside the address space, so the sum cannot wrap.
      position += here
    }
    return found
  }

  /// The range of `count` bytes at a guest-physical address inside one region, as a ring needs it.
  public func range(at address: UInt64, count: UInt64) throws(GuestMemoryError) -> GuestRange {
    guard let region = region(holding: address),
      let offset = region.offset(of: address, from: region.guestAddress, count: count)
    else { throw .notMemory(address: address, count: count) }
    return GuestRange(mapping: region.mapping, offset: offset, count: Int(count))
  }

  /// The guest-physical address of `count` bytes that the front end knows by its own address.
  public func guestAddress(ofUser address: UInt64, count: UInt64) throws(GuestMemoryError) -> UInt64 {
    for region in regions {
      if let offset = region.offset(of: address, from: region.userAddress, count: count) {
        return region.guestAddress + UInt64(offset)
      }
    }
    throw .notMemory(address: address, count: count)
  }

  /// Copies `count` bytes out of the guest; `count` is the caller's bound, not the guest's claim.
  public func read(at address: UInt64, count: Int) throws(GuestMemoryError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for range in try ranges(at: address, count: UInt64(max(0, count))) { range.append(to: &bytes) }
    return bytes
  }

  /// Copies bytes into the guest. Nothing is written unless the whole range is inside guest memory.
  public func write(_ bytes: [UInt8], at address: UInt64) throws(GuestMemoryError) {
    var done = 0
    for range in try ranges(at: address, count: UInt64(bytes.count)) {
      range.write(bytes[done..<done + range.count], at: 0)
      done += range.count
    }
  }

  private func region(holding address: UInt64) -> Region? {
    var low = 0
    var high = regions.count
    while low < high {
      let middle = (low + high) / 2
      if regions[middle].guestAddress <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let region = regions[low - 1]
    return address - region.guestAddress < region.count ? region : nil
  }
}

/// An invalid memory table, or an address outside it.
public enum GuestMemoryError: Error, Equatable, CustomStringConvertible {
  /// The range is not entirely inside guest memory.
  case notMemory(address: UInt64, count: UInt64)
  /// A region reaches past the last address.
  case wraps(address: UInt64, count: UInt64)
  /// Two regions share this address.
  case overlap(address: UInt64)

  /// A sentence.
  public var description: String {
    switch self {
    case .notMemory(let address, let count):
      "\(count) bytes at 0x\(String(address, radix: 16)) are not entirely inside guest memory"
    case .wraps(let address, let count):
      "a region of \(count) bytes at 0x\(String(address, radix: 16)) reaches past the last address"
    case .overlap(let address):
      "two memory regions share the address 0x\(String(address, radix: 16))"
    }
  }
}

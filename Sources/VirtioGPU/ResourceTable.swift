/// The resources of the guest by their ids, and their backings.
struct ResourceTable {
  private var resources: [UInt32: Resource] = [:]
  /// Ids of the blobs whose scattered memory entries are mapped contiguously, in the order in which they were mapped.
  private var joined: [UInt32] = []
  private let ledger: QuotaLedger

  init(_ ledger: QuotaLedger) {
    self.ledger = ledger
  }

  /// The resource of this id; nil: there is none.
  subscript(id: UInt32) -> Resource? { resources[id] }

  /// All resources, in no order.
  var all: some Collection<Resource> { resources.values }

  /// True when a renderer has one of them.
  func isUsed(renderer: Int) -> Bool {
    resources.values.contains { $0.owner == renderer }
  }

  /// The resource that a command names.
  func require(_ id: UInt32) throws(CommandError) -> Resource {
    guard let resource = resources[id] else { throw CommandError(.invalidResourceID, "there is no resource \(id)") }
    return resource
  }

  /// Requires that a command may make a resource of this id.
  func requireFree(_ id: UInt32) throws(CommandError) {
    guard id != 0, resources[id] == nil else {
      throw CommandError(.invalidResourceID, "invalid new resource id \(id): it is 0, or the resource exists")
    }
  }

  mutating func add(_ resource: Resource) {
    resources[resource.id] = resource
    ledger.add(resource.usage)
  }

  /// Removes a resource and its backing.
  mutating func remove(_ resource: Resource) {
    setBacking(nil, of: resource)
    ledger.remove(resource.usage)
    resources[resource.id] = nil
  }

  mutating func removeAll() {
    for resource in Array(resources.values) { remove(resource) }
  }

  /// Adds to what a resource uses.
  func extend(_ resource: Resource, by usage: Usage) {
    resource.usage += usage
    ledger.add(usage)
  }

  /// Replaces the backing of a resource.
  mutating func setBacking(_ backing: Backing?, of resource: Resource) {
    if let old = resource.backing {
      if old.isJoined { joined.removeAll { $0 == resource.id } }
      ledger.remove(old.usage)
    }
    if let backing { ledger.add(backing.usage) }
    resource.backing = backing
  }

  /// Maps the memory entries of a blob contiguously, unless they are contiguous already or cannot be mapped so. Above
  /// the quota, the contiguous mappings of the oldest blobs that are not shown are removed.
  mutating func join(_ backing: Backing, of resource: Resource, isShown: (UInt32) -> Bool) {
    guard backing.whole == nil else { return }
    ledger.remove(backing.usage)
    backing.join(most: ledger.mappingsLeft)
    ledger.add(backing.usage)
    guard backing.isJoined else { return }
    joined.append(resource.id)
    while joined.count > ledger.quota.joinedBlobs,
      let index = joined.firstIndex(where: { $0 != resource.id && !isShown($0) })
    {
      guard let other = resources[joined.remove(at: index)]?.backing, other !== backing else { continue }
      ledger.remove(other.usage)
      other.separate()
      ledger.add(other.usage)
    }
  }

  /// What the resources use, counted again.
  func recount() -> Usage {
    var usage = Usage()
    for resource in resources.values {
      usage.resources += 1
      usage.resourceBytes += resource.usage.resourceBytes
      if let blob = resource.blob, blob.memory != .guest { usage.hostBlobs += 1 }
      guard let backing = resource.backing else { continue }
      usage.memoryEntries += backing.weight
      usage.mappings += backing.mappings
      if backing.mappings > 0 { usage.joinedBlobs += 1 }
    }
    return usage
  }
}

import FuzzSupport
import VirtioGPU
import Virtqueue

/// What a device counts of the host, read from outside.
struct Books {
  /// How many requests wait for their answers.
  let inFlight: Int
  /// By the name of the device's field.
  private let counts: [String: Int]
  private let resources: [UInt32: Any]

  init(_ device: Device) {
    var fields: [String: Any] = [:]
    for case (let name?, let value) in Mirror(reflecting: device).children { fields[name] = value }
    func count(_ name: String) -> Int {
      switch fields[name] {
      case let value as Int: value
      case let value as UInt64: Int(value)
      default: violated("the device has no field \(name) any more")
      }
    }
    inFlight = count("inFlight")
    let names = ["resourceBytes", "backingPieces", "mappings", "mappedBlobs", "inFlight"]
    counts = Dictionary(uniqueKeysWithValues: names.map { ($0, count($0)) })
    guard let resources = fields["resources"] as? [UInt32: Any] else {
      violated("the device has no resources any more")
    }
    self.resources = resources
  }

  /// Nothing is more than allowed, or less than nothing. A fenced request that is refused waits its turn as well, so that
  /// `more` may be in flight.
  func requireWithin(_ limits: Quota, more: Int) {
    for (name, most) in [
      ("resourceBytes", Int(limits.resourceBytes)), ("backingPieces", limits.backingPieces),
      ("mappings", limits.mappings), ("mappedBlobs", limits.descriptors), ("inFlight", limits.inFlight + more),
    ] {
      let count = counts[name, default: -1]
      require((0...most).contains(count), "\(name) is \(count), of at most \(most)")
    }
    require(resources.count <= limits.resources, "there are \(resources.count) resources")
  }

  /// The sums are those of what there is.
  func requireSums() {
    var sums = ["resourceBytes": 0, "backingPieces": 0, "mappings": 0, "mappedBlobs": 0]
    for resource in resources.values {
      let resource = Mirror(reflecting: resource)
      sums["resourceBytes"]? += Int(resource.descendant("byteCount") as? UInt64 ?? 0)
      if case let backing? = resource.descendant("backing", "some") {
        let backing = Mirror(reflecting: backing)
        let entries = backing.descendant("entries") as? [MemoryEntry]
        let pieces = backing.descendant("pieces") as? [GuestRange]
        sums["backingPieces"]? += max(entries?.count ?? 0, pieces?.count ?? 0)
        sums["mappings"]? += backing.descendant("mappings") as? Int ?? 0
      }
      sums["mappedBlobs"]? += (resource.descendant("kind", "blob", "places") as? [Any])?.count ?? 0
    }
    for (name, sum) in sums {
      require(counts[name] == sum, "\(name) is \(counts[name, default: -1]), and all together have \(sum)")
    }
  }

  /// Nothing is left.
  func requireEmpty() {
    for (name, count) in counts { require(count == 0, "after a reset, \(name) is \(count)") }
    require(resources.isEmpty, "after a reset, there are resources")
  }
}

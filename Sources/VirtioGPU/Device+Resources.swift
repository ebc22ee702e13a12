internal import Display
internal import Virtqueue
internal import Wire

extension Device {
  func create(_ command: ResourceCreate2D) throws {
    guard command.resourceID != 0, resources[command.resourceID] == nil else {
      throw Refusal(.invalidResourceID, "resource \(command.resourceID) cannot be made: it is 0 or exists")
    }
    guard let format = PixelFormat(wire: command.format) else {
      throw Refusal(.invalidParameter, "there is no format \(command.format)")
    }
    let size = Size(width: command.width, height: command.height)
    guard !size.isEmpty else { throw Refusal(.invalidParameter, "\(size) pixels are no picture") }
    // Sides below 2³²: an area below 2⁶⁴, which is judged before it is turned into bytes.
    let area = size.area
    guard size.width <= Surface.largestSide, size.height <= Surface.largestSide,
      resources.count < limits.resources,
      area * UInt64(PixelFormat.bytesPerPixel) <= limits.resourceBytes - min(resourceBytes, limits.resourceBytes)
    else { throw Refusal(.outOfMemory, "\(size) pixels are more than this guest may have") }
    guard let resource = try? Resource(id: command.resourceID, size: size, format: format) else {
      throw Refusal(.outOfMemory, "the host has no memory for \(size) pixels")
    }
    resources[resource.id] = resource
    resourceBytes += resource.byteCount
  }

  func unref(_ command: ResourceUnref) throws {
    let resource = try resource(command.resourceID)
    for index in scanouts.indices where scanouts[index].shown?.resourceID == resource.id {
      try disable(index)
    }
    set(nil, behind: resource)
    resources[resource.id] = nil
    resourceBytes -= resource.byteCount
  }

  func attach(_ command: ResourceAttachBacking, _ reader: inout ByteReader) throws {
    let resource = try resource(command.resourceID)
    guard resource.backing == nil else {
      throw Refusal(.unspecified, "resource \(resource.id) has a backing already")
    }
    // The list is as long as what arrived, whatever the count claims; what arrived is bounded by the request's limit.
    guard command.entryCount > 0, UInt64(command.entryCount) <= UInt64(reader.remaining / MemoryEntry.size) else {
      throw Refusal(
        .unspecified, "\(command.entryCount) entries were announced, and \(reader.remaining) bytes arrived")
    }
    var entries: [MemoryEntry] = []
    entries.reserveCapacity(Int(command.entryCount))
    for _ in 0..<command.entryCount { entries.append(try MemoryEntry(&reader)) }
    set(try Backing(entries, in: memory, heaviest: limits.backingPieces - backingPieces), behind: resource)
  }

  func detach(_ command: ResourceDetachBacking) throws {
    let resource = try resource(command.resourceID)
    guard resource.backing != nil else {
      throw Refusal(.unspecified, "resource \(resource.id) has no backing")
    }
    set(nil, behind: resource)
  }

  /// Replaces the backing of a resource, and keeps count.
  func set(_ backing: Backing?, behind resource: Resource) {
    backingPieces += (backing?.weight ?? 0) - (resource.backing?.weight ?? 0)
    resource.backing = backing
  }

  func transfer(_ command: TransferToHost2D) throws {
    let resource = try resource(command.resourceID)
    guard let backing = resource.backing, backing.isInMemory else {
      throw Refusal(.unspecified, "resource \(resource.id) has no backing in memory")
    }
    guard command.rectangle.isInside(resource.surface.size) else {
      throw Refusal(.invalidParameter, "\(command.rectangle) is not inside \(resource.surface.size)")
    }
    guard resource.transfer(command.rectangle, from: backing, offset: command.offset) else {
      throw Refusal(
        .invalidParameter,
        "\(command.rectangle) from byte \(command.offset) ends beyond a backing of \(backing.count) bytes")
    }
  }

  func resource(_ id: UInt32) throws(Refusal) -> Resource {
    guard let resource = resources[id] else { throw Refusal(.invalidResourceID, "there is no resource \(id)") }
    return resource
  }
}

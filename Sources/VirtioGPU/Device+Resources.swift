internal import Display
internal import Virtqueue
internal import Wire

extension Device {
  func create(_ command: ResourceCreate2D) throws {
    try requireFree(command.resourceID)
    guard let format = PixelFormat(wire: command.format) else {
      throw CommandError(.invalidParameter, "there is no format \(command.format)")
    }
    let size = Size(width: command.width, height: command.height)
    guard !size.isEmpty else { throw CommandError(.invalidParameter, "\(size) pixels are no picture") }
    let (byteCount, overflows) = size.area.multipliedReportingOverflow(by: UInt64(PixelFormat.bytesPerPixel))
    guard !overflows else { throw CommandError(.outOfMemory, "\(size) pixels are more than this guest may have") }
    try requireRoom(for: byteCount, "\(size) pixels")
    // No renderer draws into what has longer sides.
    if Surface.canHave(size), try createTexture(command, byteCount) { return }
    guard let kind = makePicture(size, format) else {
      throw CommandError(.outOfMemory, "the host has no memory for \(size) pixels")
    }
    keep(Resource(id: command.resourceID, kind, byteCount: byteCount))
  }

  /// Pixels of any size; nil: the host has no memory for them.
  private func makePicture(_ size: Size, _ format: PixelFormat) -> Resource.Kind? {
    guard Surface.canHave(size) else { return LongPixels(size: size).map { .longPicture($0) } }
    return (try? surfaces.makeSurface(size: size, format: format)).map { .picture($0) }
  }

  /// Makes a picture that contexts can use as well, when there are contexts; false: there are none, or the renderer
  /// has no such format.
  private func createTexture(_ command: ResourceCreate2D, _ byteCount: UInt64) throws -> Bool {
    guard let renderer, features.contains(.virgl) else { return false }
    let texture = ResourceCreate3D(
      resourceID: command.resourceID, format: command.format, bind: ResourceCreate3D.renderTarget,
      width: command.width, height: command.height, flags: ResourceCreate3D.topRowFirst)
    do {
      try renderer.create(texture)
    } catch {
      guard error.kind == .invalid else { throw error }
      return false
    }
    keep(Resource(id: command.resourceID, .texture(Texture(texture)), byteCount: byteCount))
    return true
  }

  func unref(_ command: ResourceUnref) throws {
    let resource = try resource(command.resourceID)
    for index in scanouts.indices where scanouts[index].shown?.resourceID == resource.id {
      try disable(index)
    }
    leaveRegion(resource)
    set(nil, behind: resource)
    for context in resource.contexts { contexts[context]?.resources.remove(resource.id) }
    if resource.isRendered { renderer?.destroy(resource.id) }
    if let blob = resource.blob, blob.memory != .guest { hostBlobs -= 1 }
    resources[resource.id] = nil
    resourceBytes -= resource.byteCount
  }

  func attach(_ command: ResourceAttachBacking, _ reader: inout ByteReader) throws {
    let resource = try resource(command.resourceID)
    guard resource.backing == nil else {
      throw CommandError(.unspecified, "resource \(resource.id) has a backing already")
    }
    guard command.entryCount > 0 else { throw CommandError(.unspecified, "a backing has at least one entry") }
    let backing = try backing(command.entryCount, &reader)
    if let blob = resource.blob {
      guard blob.memory != .host3D else { throw CommandError(.invalidParameter, "blob \(resource.id) is the host's") }
      try require(backing, of: blob.size)
    }
    try place(backing, behind: resource)
  }

  func detach(_ command: ResourceDetachBacking) throws {
    let resource = try resource(command.resourceID)
    guard resource.backing != nil else {
      throw CommandError(.unspecified, "resource \(resource.id) has no backing")
    }
    for index in scanouts.indices {
      guard let shown = scanouts[index].shown, shown.resourceID == resource.id, shown.origin.isBacking else { continue }
      try disable(index)
    }
    set(nil, behind: resource)
  }

  /// The backing of `count` entries that follow in the request.
  func backing(_ count: UInt32, _ reader: inout ByteReader) throws -> Backing {
    // The list is as long as what arrived, whatever the count claims; what arrived is bounded by the request's limit.
    guard UInt64(count) <= UInt64(reader.remaining / MemoryEntry.size) else {
      throw CommandError(.unspecified, "\(count) entries were announced, and \(reader.remaining) bytes arrived")
    }
    var entries: [MemoryEntry] = []
    entries.reserveCapacity(Int(count))
    for _ in 0..<count { entries.append(try MemoryEntry(&reader)) }
    return try Backing(entries, in: memory, heaviest: limits.backingPieces - backingPieces)
  }

  /// Puts pages behind a resource that has none, and behind what the renderer knows of it.
  func place(_ backing: Backing, behind resource: Resource) throws {
    if resource.isRendered { try renderer?.setBacking(backing.pieces, of: resource.id) }
    set(backing, behind: resource)
  }

  /// Replaces the backing of a resource, and keeps count.
  func set(_ backing: Backing?, behind resource: Resource) {
    if backing?.isInMemory != true, resource.backing?.isInMemory == true, resource.isRendered {
      try? renderer?.setBacking(nil, of: resource.id)
    }
    if let mapped = resource.backing?.mappings, mapped > 0 { views.removeAll { $0 == resource.id } }
    backingPieces += (backing?.weight ?? 0) - (resource.backing?.weight ?? 0)
    mappings += (backing?.mappings ?? 0) - (resource.backing?.mappings ?? 0)
    resource.backing = backing
  }

  func transfer(_ command: TransferToHost2D) throws {
    let resource = try resource(command.resourceID)
    // Linux transfers blobs as well, of which the host reads the guest's own pages.
    guard let size = resource.size else { return }
    guard let backing = resource.backing, backing.isInMemory else {
      throw CommandError(.unspecified, "resource \(resource.id) has no backing in memory")
    }
    guard command.rectangle.isInside(size) else {
      throw CommandError(.invalidParameter, "\(command.rectangle) is not inside \(size)")
    }
    guard backing.has(command.rectangle, from: command.offset, stride: UInt64(size.width) * 4) else {
      throw CommandError(
        .invalidParameter,
        "\(command.rectangle) from byte \(command.offset) ends beyond a backing of \(backing.count) bytes")
    }
    guard !command.rectangle.isEmpty else { return }
    switch resource.kind {
    case .picture(let surface):
      surface.transfer(command.rectangle, from: backing, offset: command.offset)
    case .longPicture(let pixels):
      pixels.transfer(command.rectangle, from: backing, offset: command.offset)
    case .texture:
      // A buffer of the renderer may be a gigabyte long.
      let (stride, wraps) = size.width.multipliedReportingOverflow(by: UInt32(PixelFormat.bytesPerPixel))
      guard !wraps else { throw CommandError(.invalidParameter, "resource \(resource.id) of \(size) is no picture") }
      try renderer?.transfer(Transfer3D(command, stride: stride), .toHost, in: 0)
      renderedCount += 1
    case .blob: break
    }
  }

  func uuid(_ command: ResourceAssignUUID) throws -> [UInt8] {
    let resource = try resource(command.resourceID)
    if let uuid = resource.uuid { return uuid }
    var uuid = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    // RFC 9562: version 4, random, and the variant that all versions share.
    uuid[6] = uuid[6] & 0x0f | 0x40
    uuid[8] = uuid[8] & 0x3f | 0x80
    resource.uuid = uuid
    return uuid
  }

  func resource(_ id: UInt32) throws(CommandError) -> Resource {
    guard let resource = resources[id] else { throw CommandError(.invalidResourceID, "there is no resource \(id)") }
    return resource
  }

  /// An id for a new resource.
  func requireFree(_ id: UInt32) throws(CommandError) {
    guard id != 0, resources[id] == nil else {
      throw CommandError(.invalidResourceID, "resource \(id) cannot be made: it is 0 or exists")
    }
  }

  /// Room for one more resource, of so many bytes.
  func requireRoom(for byteCount: UInt64, _ what: @autoclosure () -> String) throws(CommandError) {
    guard resources.count < limits.resources,
      byteCount <= limits.resourceBytes - min(resourceBytes, limits.resourceBytes)
    else { throw CommandError(.outOfMemory, "\(what()) are more than this guest may have") }
  }

  func keep(_ resource: Resource) {
    resources[resource.id] = resource
    resourceBytes += resource.byteCount
  }
}

extension ResourceCreate3D {
  /// It may be drawn into (`VIRGL_BIND_RENDER_TARGET`).
  static let renderTarget: UInt32 = 1 << 1
  /// Its first row is the top one (`VIRTIO_GPU_RESOURCE_FLAG_Y_0_TOP`).
  static let topRowFirst: UInt32 = 1
}

extension Transfer3D {
  init(_ command: TransferToHost2D, stride: UInt32) {
    let rectangle = command.rectangle
    self.init(
      box: Box(x: rectangle.x, y: rectangle.y, width: rectangle.width, height: rectangle.height),
      offset: command.offset, resourceID: command.resourceID, stride: stride)
  }
}

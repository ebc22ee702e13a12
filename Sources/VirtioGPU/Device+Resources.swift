internal import Display
internal import Virtqueue
internal import Wire

/// 2D resources, and the commands of all resources: backings, UUIDs, destruction.
extension Device {
  func resourceCreate2D(_ fields: ResourceCreate2D, _ command: PendingCommand) throws {
    try resources.requireFree(fields.resourceID)
    guard let format = PixelFormat(wire: fields.format) else {
      throw CommandError(.invalidParameter, "there is no format \(fields.format)")
    }
    let size = Size(width: fields.width, height: fields.height)
    guard !size.isEmpty else {
      throw CommandError(.invalidParameter, "invalid size \(size): width and height must be positive")
    }
    let (byteCount, overflows) = size.area.multipliedReportingOverflow(by: UInt64(PixelFormat.bytesPerPixel))
    guard !overflows else {
      throw CommandError(.outOfMemory, "2D resource of \(size) pixels: its bytes are more than can be counted")
    }
    try ledger.requireResource(bytes: byteCount, "2D resource of \(size) pixels")
    // No renderer draws into what has longer sides.
    guard Surface.canHave(size), features.contains(.virgl), let renderer = textureRenderer, !renderer.isLost else {
      return try makePixels(fields.resourceID, size, format, byteCount)
    }
    let texture = ResourceCreate3D(
      resourceID: fields.resourceID, format: fields.format, bind: ResourceCreate3D.renderTarget, width: fields.width,
      height: fields.height, flags: ResourceCreate3D.topRowFirst)
    let resource = Resource(
      id: fields.resourceID, .texture(Texture(texture)), owner: renderer.index, byteCount: byteCount)
    make(
      resource, .createResource(texture), by: renderer.index, for: command,
      otherwise: { [unowned self] error in
        // The renderer has no such format: contexts cannot use the resource, but it can be shown.
        guard error.kind == .invalid else { throw error }
        try ledger.requireResource(bytes: byteCount, "2D resource of \(size) pixels")
        try makePixels(fields.resourceID, size, format, byteCount)
      })
  }

  /// Makes a resource of pixels on the host.
  private func makePixels(_ id: UInt32, _ size: Size, _ format: PixelFormat, _ byteCount: UInt64) throws(CommandError) {
    let kind: Resource.Kind? =
      Surface.canHave(size)
      ? (try? surfaces.makeSurface(size: size, format: format)).map { .surface($0) }
      : LongPixels(size: size).map { .longPixels($0) }
    guard let kind else { throw CommandError(.outOfMemory, "the host has no memory for \(size) pixels") }
    resources.add(Resource(id: id, kind, byteCount: byteCount))
  }

  /// Adds a resource that a renderer makes. When the renderer fails, the resource is removed and `otherwise` is called
  /// with the error.
  func make(
    _ resource: Resource, backing: Backing? = nil, _ rendererCommand: RendererCommand, by owner: Int,
    for command: PendingCommand, then: @escaping () throws -> Void = {},
    otherwise: @escaping (RendererError) throws -> Void = { throw $0 }
  ) {
    resources.add(resource)
    resources.setBacking(backing, of: resource)
    perform(rendererCommand, by: owner, for: command) { [unowned self] result in
      switch result {
      case .success:
        resource.isMade = true
        try then()
      case .failure(let error):
        resources.remove(resource)
        try otherwise(error)
      }
    }
  }

  func resourceUnref(_ fields: ResourceUnref, _ command: PendingCommand) throws {
    let resource = try resources.require(fields.resourceID)
    for index in scanouts.indices where scanouts[index].shown?.resourceID == resource.id {
      try disable(index)
    }
    if let blob = resource.blob { mappings.remove(blob) }
    dropBacking(of: resource)
    for context in resource.contexts { contexts[context]?.resources.remove(resource.id) }
    resources.remove(resource)
    // Once the renderer has let go, the guest may use the memory for other things.
    if let owner = resource.owner { perform(.destroyResource(resource.id), by: owner, for: command) { _ in } }
  }

  func resourceAttachBacking(
    _ fields: ResourceAttachBacking, _ reader: inout ByteReader, _ command: PendingCommand
  ) throws {
    let resource = try resources.require(fields.resourceID)
    guard resource.backing == nil else {
      throw CommandError(.unspecified, "resource \(resource.id) has a backing already")
    }
    guard fields.entryCount > 0 else {
      throw CommandError(.unspecified, "backing of 0 memory entries: there must be at least one")
    }
    let backing = try readBacking(fields.entryCount, &reader)
    if let blob = resource.blob {
      guard blob.memory != .host3D else {
        throw CommandError(.invalidParameter, "blob \(resource.id) is the host's, and cannot have a backing")
      }
      try require(backing, of: blob.size)
    }
    resources.setBacking(backing, of: resource)
    if resource.isRendered { giveBacking(of: resource, for: command) }
  }

  /// Gives the renderer of a resource its backing; when it does not take that, the resource has none.
  func giveBacking(
    of resource: Resource, for command: PendingCommand, otherwise: @escaping () -> Void = {}
  ) {
    guard let owner = resource.owner, let backing = resource.backing, backing.isInMemory else { return }
    perform(.setBacking(backing.ranges, resource: resource.id), by: owner, for: command) { [unowned self] result in
      guard case .failure(let error) = result else { return }
      if resource.backing === backing {
        resources.setBacking(nil, of: resource)
      } else {
        // The memory table changed meanwhile, and the renderer was given what the backing is by now.
        dropBacking(of: resource)
      }
      otherwise()
      throw error
    }
  }

  func resourceDetachBacking(_ fields: ResourceDetachBacking, _ command: PendingCommand) throws {
    let resource = try resources.require(fields.resourceID)
    guard resource.backing != nil else {
      throw CommandError(.unspecified, "resource \(resource.id) has no backing")
    }
    for index in scanouts.indices {
      guard let shown = scanouts[index].shown, shown.resourceID == resource.id, shown.origin.isBacking else { continue }
      try disable(index)
    }
    dropBacking(of: resource, for: command)
  }

  /// Takes the backing of a resource away, from its renderer as well; a command is responded to after the renderer has let
  /// go.
  func dropBacking(of resource: Resource, for command: PendingCommand? = nil) {
    if let owner = resource.owner, resource.isMade, resource.backing?.isInMemory == true {
      if let command {
        perform(.setBacking(nil, resource: resource.id), by: owner, for: command) { _ in }
      } else {
        renderers[owner].give(.setBacking(nil, resource: resource.id))
      }
    }
    resources.setBacking(nil, of: resource)
  }

  /// Reads the backing of `count` memory entries that follow in the command.
  func readBacking(_ count: UInt32, _ reader: inout ByteReader) throws -> Backing {
    // The list is as long as what arrived, whatever the count claims; what arrived is bounded by the request's limit.
    guard UInt64(count) <= UInt64(reader.remaining / MemoryEntry.size) else {
      throw CommandError(
        .unspecified,
        "\(count) memory entries of \(MemoryEntry.size) bytes announced: \(reader.remaining) bytes arrived")
    }
    var entries: [MemoryEntry] = []
    entries.reserveCapacity(Int(count))
    for _ in 0..<count { entries.append(try MemoryEntry(&reader)) }
    return try Backing(entries, in: memory, heaviest: ledger.memoryEntriesLeft)
  }

  func transferToHost2D(_ fields: TransferToHost2D, _ command: PendingCommand) throws {
    let resource = try resources.require(fields.resourceID)
    // Linux transfers blobs as well, of which the host reads the guest's own memory.
    guard let size = resource.size else { return }
    guard let backing = resource.backing, backing.isInMemory else {
      throw CommandError(.unspecified, "resource \(resource.id) has no backing in memory")
    }
    guard fields.rectangle.isInside(size) else {
      throw CommandError(.invalidParameter, "\(fields.rectangle) is not inside \(size)")
    }
    guard backing.has(fields.rectangle, from: fields.offset, stride: UInt64(size.width) * 4) else {
      throw CommandError(
        .invalidParameter,
        "\(fields.rectangle) from byte \(fields.offset) ends beyond the backing of \(backing.count) bytes")
    }
    guard !fields.rectangle.isEmpty else { return }
    switch resource.kind {
    case .surface(let surface):
      surface.transfer(fields.rectangle, from: backing, offset: fields.offset)
    case .longPixels(let pixels):
      pixels.transfer(fields.rectangle, from: backing, offset: fields.offset)
    case .texture:
      // A buffer of a renderer may be a gigabyte long.
      let (stride, wraps) = size.width.multipliedReportingOverflow(by: UInt32(PixelFormat.bytesPerPixel))
      guard !wraps else {
        throw CommandError(
          .invalidParameter,
          "resource \(resource.id) of \(size) cannot be transferred as an image: a row has 4 GiB or more")
      }
      transfer(Transfer3D(fields, stride: stride), .toHost, of: resource, context: 0, for: command)
    case .blob: break
    }
  }

  func resourceAssignUUID(_ fields: ResourceAssignUUID, _ command: PendingCommand) throws {
    let resource = try resources.require(fields.resourceID)
    let uuid = resource.uuid ?? makeUUID()
    resource.uuid = uuid
    respond(command, .okResourceUUID, uuid)
  }

  private func makeUUID() -> [UInt8] {
    var uuid = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    // RFC 9562: version 4, random, and the variant that all versions share.
    uuid[6] = uuid[6] & 0x0f | 0x40
    uuid[8] = uuid[8] & 0x3f | 0x80
    return uuid
  }
}

extension ResourceCreate3D {
  /// It may be drawn into (`VIRGL_BIND_RENDER_TARGET`).
  static let renderTarget: UInt32 = 1 << 1
  /// Its first row is the top one (`VIRTIO_GPU_RESOURCE_FLAG_Y_0_TOP`).
  static let topRowFirst: UInt32 = 1
}

extension Transfer3D {
  init(_ fields: TransferToHost2D, stride: UInt32) {
    let rectangle = fields.rectangle
    self.init(
      box: Box(x: rectangle.x, y: rectangle.y, width: rectangle.width, height: rectangle.height),
      offset: fields.offset, resourceID: fields.resourceID, stride: stride)
  }
}

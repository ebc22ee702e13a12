internal import Wire

/// Blobs of the host in the host-visible region.
extension Device {
  func resourceMapBlob(_ fields: ResourceMapBlob, _ command: PendingCommand) throws {
    try mappings.requireRegion()
    let resource = try resources.require(fields.resourceID)
    guard let blob = resource.blob, let owner = resource.owner, blob.flags.contains(.mappable), !mappings.isMapped(blob)
    else {
      throw CommandError(
        .invalidParameter,
        "resource \(resource.id) cannot be mapped: it must be a mappable blob of the host that is not mapped yet")
    }
    _ = try mappings.requireRoom(for: blob, at: fields.offset)
    perform(.shareBlob(resource.id), by: owner, for: command) { [unowned self] result in
      guard case .file(let shared) = try result.get(), shared.count >= blob.size else {
        throw CommandError(.unspecified, "blob \(resource.id) is smaller than its \(blob.size) bytes")
      }
      // Its response said that it is not mapped.
      guard !command.isCancelled else { return }
      let count = try mappings.requireRoom(for: blob, at: fields.offset)
      let caching = shared.caching.rawValue
      mappings.map(blob, shared, count: count, at: fields.offset, for: command) { [unowned self] isMapped in
        if isMapped {
          var body = ByteWriter(capacity: 8)
          body.u32(caching)
          body.u32(0)
          respond(command, .okMapInfo, body.bytes)
        } else {
          refuse(command, CommandError(.unspecified, "the front end cannot map blob \(fields.resourceID)"))
        }
        responses.endWait(command)
      }
    }
  }

  func resourceUnmapBlob(_ fields: ResourceUnmapBlob, _ command: PendingCommand) throws {
    let resource = try resources.require(fields.resourceID)
    guard let blob = resource.blob, hostVisible != nil, mappings.isMapped(blob) else {
      throw CommandError(.invalidParameter, "resource \(resource.id) is not mapped")
    }
    try mappings.unmap(blob, for: command) { [unowned self] isUnmapped in
      if !isUnmapped {
        refuse(command, CommandError(.unspecified, "the front end cannot unmap blob \(fields.resourceID)"))
      }
      responses.endWait(command)
    }
  }
}

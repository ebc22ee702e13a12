internal import Display
internal import LinuxIO
internal import Virtqueue
internal import Wire

/// Blobs: resources that are runs of bytes.
extension Device {
  func create(_ command: ResourceCreateBlob, _ reader: inout ByteReader, in context: UInt32) throws {
    try requireFree(command.resourceID)
    let flags = BlobFlags(rawValue: command.flags)
    guard let memory = BlobMemory(rawValue: command.memory), flags.isSubset(of: .all),
      memory == .guest || features.contains(.virgl)
    else { throw Refusal(.invalidParameter, "there are no blobs of memory \(command.memory), flags \(command.flags)") }
    guard command.size > 0, !features.contains(.blobAlignment) || command.size % UInt64(Self.blobAlignment) == 0 else {
      throw Refusal(.invalidParameter, "a blob has not \(command.size) bytes")
    }
    try requireRoom(for: command.size, "\(command.size) bytes")
    var backing: Backing?
    if command.entryCount > 0 {
      guard memory != .host3D else { throw Refusal(.invalidParameter, "a blob of the host has no pages of the guest") }
      let pages = try self.backing(command.entryCount, &reader)
      try require(pages, of: command.size)
      backing = pages
    }
    if memory != .guest {
      _ = try self.context(context)
      try renderer?.create(
        RendererBlob(
          resourceID: command.resourceID, context: context, memory: memory, flags: flags, blobID: command.blobID,
          size: command.size))
    }
    let blob = Blob(memory: memory, flags: flags, size: command.size)
    let resource = Resource(id: command.resourceID, .blob(blob), byteCount: command.size)
    if let backing {
      do {
        try place(backing, behind: resource)
      } catch {
        renderer?.destroy(resource.id)
        throw error
      }
    }
    keep(resource)
  }

  /// As many bytes behind a blob as it claims.
  func require(_ backing: Backing, of size: UInt64) throws(Refusal) {
    guard backing.count >= size else {
      throw Refusal(.invalidParameter, "the entries have \(backing.count) bytes, and the blob \(size)")
    }
  }

  func set(_ command: SetScanoutBlob) throws {
    let index = try scanout(command.scanout)
    guard command.resourceID != 0 else { return try disable(index) }
    let resource = try resource(command.resourceID)
    guard let blob = resource.blob else { throw Refusal(.invalidParameter, "resource \(resource.id) is no blob") }
    try command.requirePicture(in: blob.size)
    try requireShowable(command.rectangle, on: index)
    switch blob.memory {
    case .guest: try showPages(command, resource, on: index)
    case .host3D, .host3DGuest: try showShared(command, resource, on: index)
    }
  }

  /// Shows a guest's blob: its own pages, side by side, or else a copy of them.
  private func showPages(_ command: SetScanoutBlob, _ resource: Resource, on index: Int) throws {
    guard let backing = resource.backing, backing.isInMemory else {
      throw Refusal(.unspecified, "blob \(resource.id) has no backing in memory")
    }
    mappings -= backing.mappings
    backing.joinPieces(most: limits.mappings - mappings)
    mappings += backing.mappings
    if let whole = backing.whole, let view = command.surface(in: whole) {
      return try show(resource, command.rectangle, of: view, from: .view(command), on: index)
    }
    let part = Rectangle(command.rectangle.size)
    guard let format = PixelFormat(wire: command.format),
      let copy = try? Surface(size: part.size, format: format.opaque)
    else { throw Refusal(.outOfMemory, "the host has no memory for a copy of blob \(resource.id)") }
    copy.transfer(
      part, from: backing, offset: command.start(of: command.rectangle), stride: UInt64(command.strides[0]))
    try show(resource, command.rectangle, as: copy, from: .pages(command), on: index)
  }

  /// Shows a blob of the host: the file it is in.
  private func showShared(_ command: SetScanoutBlob, _ resource: Resource, on index: Int) throws {
    guard let shared = try renderer?.share(resource.id),
      command.end <= shared.count,
      let mapping = try? MappedMemory(shared.file, offset: 0, count: shared.count),
      let surface = command.surface(in: GuestRange(mapping))
    else { throw Refusal(.unspecified, "blob \(resource.id) cannot be read by the host") }
    try show(resource, command.rectangle, of: surface, from: .file, on: index)
  }

  /// Brings what a scanout shows of a blob up to date.
  func refresh(_ damage: Rectangle, on index: Int, _ resource: Resource) throws {
    guard let shown = scanouts[index].shown, case .pages(let command) = shown.origin,
      let backing = resource.backing, backing.isInMemory
    else { return }
    let part = Rectangle(
      x: shown.rectangle.x + damage.x, y: shown.rectangle.y + damage.y, width: damage.width, height: damage.height)
    shown.surface.transfer(
      damage, from: backing, offset: command.start(of: part), stride: UInt64(command.strides[0]))
  }

  /// Shows a guest's blob again whose pages moved.
  func showAgain(_ resource: Resource) throws {
    for index in scanouts.indices where scanouts[index].shown?.resourceID == resource.id {
      switch scanouts[index].shown?.origin {
      case .view(let command), .pages(let command): try showPages(command, resource, on: index)
      default: break
      }
    }
  }

  // MARK: The host-visible region

  func map(_ command: ResourceMapBlob, _ exchange: Exchange) throws {
    guard let region = hostVisible, region.count > 0 else {
      throw Refusal(.unspecified, "this guest has no host-visible region")
    }
    let resource = try resource(command.resourceID)
    guard let blob = resource.blob, blob.memory != .guest, blob.flags.contains(.mappable), blob.place == nil else {
      throw Refusal(.invalidParameter, "resource \(resource.id) is no blob to be mapped, or is mapped already")
    }
    let page = UInt64(Self.blobAlignment)
    // The size is bounded by the quota, far below 2⁶⁴.
    let count = (blob.size + page - 1) / page * page
    guard command.offset % page == 0, command.offset <= region.count, count <= region.count - command.offset,
      !isOccupied(command.offset, count)
    else {
      throw Refusal(
        .invalidParameter, "\(count) bytes at \(command.offset) do not fit into the host-visible region as it is")
    }
    guard mappedBlobs < limits.descriptors else {
      throw Refusal(.outOfMemory, "\(mappedBlobs) blobs are as many as this guest may see")
    }
    guard let shared = try renderer?.share(resource.id), shared.count >= blob.size else {
      throw Refusal(.unspecified, "blob \(resource.id) is smaller than it claims")
    }
    let place = Blob.Place(offset: command.offset, count: count, shared: shared)
    blob.place = place
    mappedBlobs += 1
    exchange.wait()
    region.map(shared.file, count: count, at: command.offset) { [weak self] isMapped in
      guard let self else { return }
      if isMapped {
        var body = ByteWriter(capacity: 8)
        body.u32(shared.caching.rawValue)
        body.u32(0)
        answer(exchange, .okMapInfo, body.bytes)
      } else {
        if blob.place === place { forgetPlace(of: blob) }
        refuse(exchange, Refusal(.unspecified, "the front end cannot map blob \(command.resourceID)"))
      }
      settle(exchange)
    }
  }

  func unmap(_ command: ResourceUnmapBlob, _ exchange: Exchange) throws {
    let resource = try resource(command.resourceID)
    guard let region = hostVisible, let blob = resource.blob, let place = blob.place else {
      throw Refusal(.invalidParameter, "resource \(resource.id) is not mapped")
    }
    exchange.wait()
    forgetPlace(of: blob)
    region.unmap(count: place.count, at: place.offset) { [weak self] isUnmapped in
      guard let self else { return }
      if !isUnmapped {
        refuse(exchange, Refusal(.unspecified, "the front end cannot unmap blob \(command.resourceID)"))
      }
      settle(exchange)
    }
  }

  /// Takes a resource out of the host-visible region, if it is there.
  func leaveRegion(_ resource: Resource) {
    guard let blob = resource.blob, let place = blob.place else { return }
    forgetPlace(of: blob)
    hostVisible?.unmap(count: place.count, at: place.offset) { _ in }
  }

  private func forgetPlace(of blob: Blob) {
    blob.place = nil
    mappedBlobs -= 1
  }

  private func isOccupied(_ offset: UInt64, _ count: UInt64) -> Bool {
    resources.values.contains { resource in
      guard let place = resource.blob?.place else { return false }
      // Both lie inside the region, so the ends do not wrap.
      return offset < place.offset + place.count && place.offset < offset + count
    }
  }
}

extension SetScanoutBlob {
  /// Where the last pixel ends, in bytes; sides are below 2¹⁶ and strides below 2³², so nothing wraps.
  var end: UInt64 {
    UInt64(offsets[0]) + UInt64(strides[0]) * UInt64(height - 1) + UInt64(width) * UInt64(PixelFormat.bytesPerPixel)
  }

  /// Where the first pixel of a part of the picture lies.
  func start(of part: Rectangle) -> UInt64 {
    UInt64(offsets[0]) + UInt64(strides[0]) * UInt64(part.y) + UInt64(part.x) * UInt64(PixelFormat.bytesPerPixel)
  }

  /// Judges what the guest says of a picture in a blob of `size` bytes.
  func requirePicture(in size: UInt64) throws(Refusal) {
    let picture = Size(width: width, height: height)
    guard !picture.isEmpty, width <= Surface.largestSide, height <= Surface.largestSide else {
      throw Refusal(.invalidParameter, "\(picture) pixels are no picture")
    }
    guard PixelFormat(wire: format) != nil else { throw Refusal(.invalidParameter, "there is no format \(format)") }
    let pixel = UInt32(PixelFormat.bytesPerPixel)
    guard strides[0] >= width * pixel, strides[0] % pixel == 0, strides[0] <= UInt32(Int32.max),
      offsets[0] % pixel == 0,
      strides[1...].allSatisfy({ $0 == 0 }), offsets[1...].allSatisfy({ $0 == 0 }), end <= size
    else {
      throw Refusal(
        .invalidParameter, "strides \(strides) and offsets \(offsets) are no \(picture) pixels in \(size) bytes")
    }
    guard !rectangle.isEmpty, rectangle.isInside(picture) else {
      throw Refusal(.invalidParameter, "\(rectangle) is empty or not inside \(picture)")
    }
  }

  /// The picture in memory that has all of it; nil when its first pixel is not where pixels can be.
  func surface(in range: GuestRange) -> Surface? {
    guard let format = PixelFormat(wire: format), end <= UInt64(range.count) else { return nil }
    // Safe: the range has the picture, to its last pixel, and the surface keeps the range's memory.
    return unsafe range.withBytes { bytes in
      guard let base = bytes.baseAddress, UInt(bitPattern: base) % 4 == 0 else { return nil }
      return try? unsafe Surface(
        size: Size(width: width, height: height), format: format, stride: Int(strides[0]), base: base + Int(offsets[0]),
        owner: range.owner)
    }
  }
}

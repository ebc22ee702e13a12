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
      guard hostBlobs < limits.hostBlobs else {
        throw Refusal(.outOfMemory, "\(hostBlobs) blobs of the host are as many as this guest may have")
      }
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
    if memory != .guest { hostBlobs += 1 }
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
    join(backing, of: resource)
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

  /// Lays the pages of a blob side by side, where they are not yet, and lets those of others go that are not shown.
  private func join(_ backing: Backing, of resource: Resource) {
    guard backing.whole == nil else { return }
    backing.joinPieces(most: limits.mappings - mappings)
    mappings += backing.mappings
    guard backing.mappings > 0 else { return }
    views.append(resource.id)
    while views.count > limits.views, let index = views.firstIndex(where: { !isShown($0) }) {
      guard let other = resources[views.remove(at: index)]?.backing, other !== backing else { continue }
      mappings -= other.mappings
      other.separatePieces()
    }
  }

  private func isShown(_ id: UInt32) -> Bool {
    scanouts.contains { $0.shown?.resourceID == id }
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

  /// Goes on showing what a guest's blob had last, when its pages are no longer memory of the guest's.
  func freeze(_ resource: Resource) throws {
    for index in scanouts.indices {
      guard let shown = scanouts[index].shown, shown.resourceID == resource.id, case .view(let command) = shown.origin
      else { continue }
      guard let copy = try? Surface(size: shown.surface.size, format: shown.surface.format) else {
        try disable(index)
        continue
      }
      copy.copy(Rectangle(copy.size), of: shown.surface, to: .zero)
      try show(resource, shown.rectangle, as: copy, from: .pages(command), on: index)
    }
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
}

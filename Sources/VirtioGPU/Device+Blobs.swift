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
    else { throw CommandError(.invalidParameter, "there are no blobs of memory \(command.memory), flags \(command.flags)") }
    guard command.size > 0, !features.contains(.blobAlignment) || command.size % UInt64(Self.blobAlignment) == 0 else {
      throw CommandError(.invalidParameter, "a blob has not \(command.size) bytes")
    }
    try requireRoom(for: command.size, "\(command.size) bytes")
    var backing: Backing?
    if command.entryCount > 0 {
      guard memory != .host3D else { throw CommandError(.invalidParameter, "a blob of the host has no pages of the guest") }
      let pages = try self.backing(command.entryCount, &reader)
      try require(pages, of: command.size)
      backing = pages
    }
    if memory != .guest {
      _ = try self.context(context)
      guard hostBlobs < limits.hostBlobs else {
        throw CommandError(.outOfMemory, "\(hostBlobs) blobs of the host are as many as this guest may have")
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
  func require(_ backing: Backing, of size: UInt64) throws(CommandError) {
    guard backing.count >= size else {
      throw CommandError(.invalidParameter, "the entries have \(backing.count) bytes, and the blob \(size)")
    }
  }

  func set(_ command: SetScanoutBlob) throws {
    let index = try scanout(command.scanout)
    guard command.resourceID != 0 else { return try disable(index) }
    let resource = try resource(command.resourceID)
    guard let blob = resource.blob else { throw CommandError(.invalidParameter, "resource \(resource.id) is no blob") }
    try command.requirePicture(in: blob.size)
    try requireShowable(command.rectangle, on: index)
    switch blob.memory {
    case .guest: try showPages(command, resource, on: index)
    case .host3D, .host3DGuest: try showHosted(command, resource, on: index)
    }
  }

  /// Shows the guest's pages of a blob, side by side, or else a copy of them.
  private func showPages(_ command: SetScanoutBlob, _ resource: Resource, on index: Int) throws {
    guard let backing = resource.backing, backing.isInMemory else {
      throw CommandError(.unspecified, "blob \(resource.id) has no backing in memory")
    }
    join(backing, of: resource)
    if let whole = backing.whole, let view = command.surface(in: whole) {
      return try show(resource, command.rectangle, of: view, from: .view(command), on: index)
    }
    let part = Rectangle(command.rectangle.size)
    guard let format = PixelFormat(wire: command.format),
      let copy = try? surfaces.makeSurface(size: part.size, format: format.opaque)
    else { throw CommandError(.outOfMemory, "the host has no memory for a copy of blob \(resource.id)") }
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
    while views.count > limits.views, let index = views.firstIndex(where: { $0 != resource.id && !isShown($0) }) {
      guard let other = resources[views.remove(at: index)]?.backing, other !== backing else { continue }
      mappings -= other.mappings
      other.separatePieces()
    }
  }

  /// Shows a blob of the host: the file it is in, or else what the renderer reads of it, or else the guest's pages.
  private func showHosted(_ command: SetScanoutBlob, _ resource: Resource, on index: Int) throws {
    if let surface = sharedSurface(command, resource) {
      return try show(resource, command.rectangle, of: surface, from: .file, on: index)
    }
    guard let format = PixelFormat(wire: command.format) else {
      throw CommandError(.invalidParameter, "there is no format \(command.format)")
    }
    let size = Size(width: command.width, height: command.height)
    // Whether it is a texture is known when it was read, and that is not done again for a command that is refused.
    if resource.shadow != nil { try requireWhole(command, resource) }
    let shadow: Surface
    do {
      shadow = try readBack(resource, size, format)
    } catch let error as RendererError {
      // What is no picture of the renderer's has pages of the guest, which it copies to.
      guard error.kind == .failed, resource.backing?.isInMemory == true else { throw error }
      return try showPages(command, resource, on: index)
    }
    try requireWhole(command, resource)
    keep(shadow, of: resource)
    try show(resource, command.rectangle, of: shadow, from: .shadow, on: index)
  }

  /// All of a texture, from its beginning: how it lies in memory is the driver's secret, and nothing else can be named.
  private func requireWhole(_ command: SetScanoutBlob, _ resource: Resource) throws(CommandError) {
    let stride = UInt64(command.width) * UInt64(PixelFormat.bytesPerPixel)
    guard command.offsets[0] == 0, UInt64(command.strides[0]) == stride else {
      throw CommandError(
        .invalidParameter,
        "blob \(resource.id) is a texture, which has no offset \(command.offsets[0]), and no stride "
          + "\(command.strides[0]) for \(command.width) pixels")
    }
  }

  /// The picture in the file of a blob of the host; nil when there is no file that can be read.
  private func sharedSurface(_ command: SetScanoutBlob, _ resource: Resource) -> Surface? {
    guard let shared = try? renderer?.share(resource.id), command.end <= shared.count,
      let mapping = try? MappedMemory(shared.file, offset: shared.start, count: shared.count)
    else { return nil }
    return command.surface(in: GuestRange(mapping))
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

  /// Goes on showing what the guest's pages of a blob had last, when they are no longer memory of the guest's.
  func freeze(_ resource: Resource) throws {
    for index in scanouts.indices {
      guard let shown = scanouts[index].shown, shown.resourceID == resource.id, case .view(let command) = shown.origin
      else { continue }
      guard let copy = try? surfaces.makeSurface(size: shown.surface.size, format: shown.surface.format) else {
        try disable(index)
        continue
      }
      copy.copy(Rectangle(copy.size), of: shown.surface, to: .zero)
      try show(resource, shown.rectangle, as: copy, from: .pages(command), on: index)
    }
  }

  /// Shows the guest's pages of a blob again, which moved.
  func showAgain(_ resource: Resource) throws {
    for index in scanouts.indices where scanouts[index].shown?.resourceID == resource.id {
      switch scanouts[index].shown?.origin {
      case .view(let command), .pages(let command): try showPages(command, resource, on: index)
      default: break
      }
    }
  }
}

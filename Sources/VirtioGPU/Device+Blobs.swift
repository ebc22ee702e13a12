internal import Display
internal import LinuxIO
internal import Virtqueue
internal import Wire

/// Blobs: resources that are runs of bytes.
extension Device {
  func resourceCreateBlob(
    _ fields: ResourceCreateBlob, _ reader: inout ByteReader, _ command: PendingCommand
  ) throws {
    try resources.requireFree(fields.resourceID)
    let flags = BlobFlags(rawValue: fields.flags)
    guard let memory = BlobMemory(rawValue: fields.memory), flags.isSubset(of: .all),
      memory == .guest || features.contains(.virgl)
    else {
      throw CommandError(
        .invalidParameter,
        "invalid blob memory \(fields.memory) with flags \(fields.flags): memory must be 1, or with VIRGL 2 or 3, and flags "
          + "below 8")
    }
    guard fields.size > 0, !features.contains(.blobAlignment) || fields.size % UInt64(Self.blobAlignment) == 0 else {
      throw CommandError(
        .invalidParameter,
        "invalid blob size \(fields.size): must be positive and, with BLOB_ALIGNMENT, a multiple of "
          + "\(Self.blobAlignment)")
    }
    try ledger.requireResource(bytes: fields.size, "blob \(fields.resourceID)")
    var backing: Backing?
    if fields.entryCount > 0 {
      guard memory != .host3D else {
        throw CommandError(.invalidParameter, "a blob of the host alone cannot have a backing")
      }
      let entries = try readBacking(fields.entryCount, &reader)
      try require(entries, of: fields.size)
      backing = entries
    }
    let blob = Blob(memory: memory, flags: flags, size: fields.size)
    guard memory != .guest else {
      let resource = Resource(id: fields.resourceID, .blob(blob), byteCount: fields.size)
      resources.add(resource)
      return resources.setBacking(backing, of: resource)
    }
    let id = command.header.contextID
    let owner = try context(id).renderer
    try ledger.requireHostBlob()
    let resource = Resource(id: fields.resourceID, .blob(blob), owner: owner, byteCount: fields.size)
    let rendererBlob = RendererBlob(
      resourceID: fields.resourceID, context: id, memory: memory, flags: flags, blobID: fields.blobID,
      size: fields.size)
    make(resource, backing: backing, .createBlob(rendererBlob), by: owner, for: command) { [unowned self] in
      giveBacking(of: resource, for: command) { [unowned self] in
        resources.remove(resource)
        perform(.destroyResource(resource.id), by: owner, for: command) { _ in }
      }
    }
  }

  /// Requires that a backing has at least the `size` bytes of its blob.
  func require(_ backing: Backing, of size: UInt64) throws(CommandError) {
    guard backing.count >= size else {
      throw CommandError(.invalidParameter, "backing of \(backing.count) bytes: the blob has \(size)")
    }
  }

  func setScanoutBlob(_ fields: SetScanoutBlob, _ command: PendingCommand) throws {
    let index = try scanouts.require(fields.scanout)
    guard fields.resourceID != 0 else { return try disable(index) }
    let resource = try resources.require(fields.resourceID)
    guard let blob = resource.blob else {
      throw CommandError(.invalidParameter, "resource \(resource.id) is not a blob: use SET_SCANOUT")
    }
    try fields.requireImage(in: blob.size)
    try scanouts.requireShowable(fields.rectangle, on: index)
    switch blob.memory {
    case .guest: try showBacking(fields, resource, on: index)
    case .host3D, .host3DGuest: showHostBlob(fields, resource, on: index, command)
    }
  }

  /// Shows the backing of a blob, mapped side by side, or else a copy of it.
  private func showBacking(_ fields: SetScanoutBlob, _ resource: Resource, on index: Int) throws {
    guard let backing = resource.backing, backing.isInMemory else {
      throw CommandError(.unspecified, "blob \(resource.id) has no backing in memory")
    }
    resources.join(backing, of: resource) { [scanouts] in scanouts.isShown($0) }
    if let whole = backing.whole, let surface = fields.surface(in: whole) {
      return try show(resource, fields.rectangle, of: surface, from: .backing(fields), on: index)
    }
    let part = Rectangle(fields.rectangle.size)
    guard let format = PixelFormat(wire: fields.format),
      let copy = try? surfaces.makeSurface(size: part.size, format: format.opaque)
    else { throw CommandError(.outOfMemory, "the host has no memory for a copy of blob \(resource.id)") }
    copy.transfer(
      part, from: backing, offset: fields.start(of: fields.rectangle), stride: UInt64(fields.strides[0]))
    try show(resource, fields.rectangle, as: copy, from: .copiedBacking(fields), on: index)
  }

  /// Shows a host blob: its file if the renderer shares one, else what the renderer reads back, else its backing.
  private func showHostBlob(
    _ fields: SetScanoutBlob, _ resource: Resource, on index: Int, _ command: PendingCommand
  ) {
    guard let owner = resource.owner else { return }
    perform(.shareBlob(resource.id), by: owner, for: command) { [unowned self] result in
      try scanouts.requireShowable(fields.rectangle, on: index)
      if case .success(.file(let shared)) = result, let surface = fields.surface(in: shared) {
        return try show(resource, fields.rectangle, of: surface, from: .file, on: index)
      }
      try showReadBack(fields, resource, on: index, command)
    }
  }

  /// Shows what the renderer reads of a blob, or else its backing.
  private func showReadBack(
    _ fields: SetScanoutBlob, _ resource: Resource, on index: Int, _ command: PendingCommand
  ) throws {
    guard let format = PixelFormat(wire: fields.format) else {
      throw CommandError(.invalidParameter, "there is no format \(fields.format)")
    }
    // A shadow means that the blob was read before and is a texture. A refused command must not read it again.
    if resource.shadow != nil { try requireWhole(fields, resource) }
    try readBack(resource, Size(width: fields.width, height: fields.height), format, for: command) {
      [unowned self] result in
      try scanouts.requireShowable(fields.rectangle, on: index)
      switch result {
      case .success(let shadow):
        try requireWhole(fields, resource)
        try keep(shadow, of: resource)
        try show(resource, fields.rectangle, of: shadow.surface, from: .shadow, on: index)
      case .failure(let error):
        // A blob that the renderer cannot read as an image is shown from its backing, to which the renderer copies.
        guard error.kind == .failed, resource.backing?.isInMemory == true else { throw error }
        try showBacking(fields, resource, on: index)
      }
    }
  }

  /// Requires the offset and stride of the whole texture. Only the driver knows its layout in memory, so no part of it
  /// can be addressed.
  private func requireWhole(_ fields: SetScanoutBlob, _ resource: Resource) throws(CommandError) {
    let stride = UInt64(fields.width) * UInt64(PixelFormat.bytesPerPixel)
    guard fields.offsets[0] == 0, UInt64(fields.strides[0]) == stride else {
      throw CommandError(
        .invalidParameter,
        "blob \(resource.id) is a texture of \(fields.width) pixels a row: its offset must be 0, and not "
          + "\(fields.offsets[0]), its stride \(stride), and not \(fields.strides[0])")
    }
  }

  /// Copies damage from the backing of a blob to a scanout that shows a copy of it.
  func copyBacking(of resource: Resource, _ damage: Rectangle, on index: Int) throws {
    guard let shown = scanouts[index].shown, case .copiedBacking(let fields) = shown.origin,
      let backing = resource.backing, backing.isInMemory
    else { return }
    let part = Rectangle(
      x: shown.rectangle.x + damage.x, y: shown.rectangle.y + damage.y, width: damage.width, height: damage.height)
    shown.surface.transfer(
      damage, from: backing, offset: fields.start(of: part), stride: UInt64(fields.strides[0]))
  }

  /// Keeps showing the last content of a blob's backing after the memory table has lost it.
  func freeze(_ resource: Resource) throws {
    for index in scanouts.indices {
      guard let shown = scanouts[index].shown, shown.resourceID == resource.id,
        case .backing(let fields) = shown.origin
      else { continue }
      guard let copy = try? surfaces.makeSurface(size: shown.surface.size, format: shown.surface.format) else {
        try disable(index)
        continue
      }
      copy.copy(Rectangle(copy.size), of: shown.surface, to: .zero)
      try show(resource, shown.rectangle, as: copy, from: .copiedBacking(fields), on: index)
    }
  }

  /// Shows the backing of a blob again, which moved.
  func showAgain(_ resource: Resource) throws {
    for index in scanouts.indices where scanouts[index].shown?.resourceID == resource.id {
      switch scanouts[index].shown?.origin {
      case .backing(let fields), .copiedBacking(let fields): try showBacking(fields, resource, on: index)
      default: break
      }
    }
  }
}

extension SetScanoutBlob {
  /// The image in the file of a blob; nil: the file lacks a part of it, or cannot be mapped.
  fileprivate func surface(in shared: SharedBlob) -> Surface? {
    guard end <= shared.count,
      let mapping = try? MappedMemory(shared.file, offset: shared.start, count: shared.count)
    else { return nil }
    return surface(in: GuestRange(mapping))
  }
}

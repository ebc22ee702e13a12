internal import Display
internal import Virtqueue
internal import Wire

/// Contexts, and what is drawn in them.
extension Device {
  /// How many rings of fences a context has (specification: `ring_idx`).
  static let rings = 64

  /// The capability sets that drivers may ask for: those whose contexts can be told from others.
  var capsets: [Capset] {
    let all = renderer?.capsets ?? []
    return offered.contains(.contextInit) ? all : all.filter { $0.id <= Capset.virgl2 }
  }

  func capsetInfo(_ command: GetCapsetInfo) throws(CommandError) -> [UInt8] {
    guard let index = Int(exactly: command.index), capsets.indices.contains(index) else {
      throw CommandError(.invalidParameter, "there are \(capsets.count) capability sets, and none at \(command.index)")
    }
    var body = ByteWriter(capacity: 16)
    body.u32(capsets[index].id)
    body.u32(capsets[index].version)
    body.u32(UInt32(capsets[index].data.count))
    body.u32(0)
    return body.bytes
  }

  func capset(_ command: GetCapset) throws(CommandError) -> [UInt8] {
    guard let set = capsets.first(where: { $0.id == command.id }), command.version <= set.version else {
      throw CommandError(.invalidParameter, "there is no capability set \(command.id) of version \(command.version)")
    }
    return set.data
  }

  func create(_ command: ContextCreate, _ id: UInt32) throws {
    guard let renderer else { return }
    guard id != 0, contexts[id] == nil else {
      throw CommandError(.invalidContextID, "context \(id) cannot be made: it is 0 or exists")
    }
    // Without the feature the field means nothing, and 0 leaves the choice to the device: the newer virgl.
    let asked = features.contains(.contextInit) ? command.contextInit & 0xff : 0
    guard
      let set = capsets.first(where: { $0.id == (asked == 0 ? Capset.virgl2 : asked) })
        ?? (asked == 0 ? capsets.first : nil)
    else { throw CommandError(.invalidParameter, "there is no capability set \(asked)") }
    guard contexts.count < limits.contexts else {
      throw CommandError(.outOfMemory, "\(contexts.count) contexts are as many as this guest may have")
    }
    guard set.id != Capset.venus || contexts.values.count(where: { $0.capset == set.id }) < limits.venusContexts else {
      throw CommandError(.outOfMemory, "\(limits.venusContexts) contexts of venus are as many as this guest may have")
    }
    try renderer.createContext(id, capset: set.id, name: command.title)
    contexts[id] = Context(capset: set.id)
  }

  func destroyContext(_ id: UInt32) throws {
    let context = try context(id)
    for resource in context.resources { resources[resource]?.contexts.remove(id) }
    contexts[id] = nil
    renderer?.destroyContext(id)
    retireFences(of: id)
  }

  func attach(_ command: ContextAttachResource, _ id: UInt32) throws {
    let context = try context(id)
    let resource = try resource(command.resourceID)
    guard !context.resources.contains(resource.id) else { return }
    if resource.isRendered { try renderer?.attach(resource.id, to: id) }
    resource.contexts.insert(id)
    contexts[id]?.resources.insert(resource.id)
  }

  func detach(_ command: ContextDetachResource, _ id: UInt32) throws {
    let context = try context(id)
    let resource = try resource(command.resourceID)
    guard context.resources.contains(resource.id) else {
      throw CommandError(.invalidResourceID, "context \(id) does not use resource \(resource.id)")
    }
    if resource.isRendered { renderer?.detach(resource.id, from: id) }
    resource.contexts.remove(id)
    contexts[id]?.resources.remove(resource.id)
  }

  func create(_ command: ResourceCreate3D) throws {
    guard let renderer else { return }
    try requireFree(command.resourceID)
    let byteCount = command.byteCount
    try requireRoom(for: byteCount, "a texture of \(command.width)x\(command.height)x\(command.depth)")
    try renderer.create(command)
    keep(Resource(id: command.resourceID, .texture(Texture(command)), byteCount: byteCount))
  }

  func transfer(_ fields: Transfer3D, _ direction: TransferDirection, _ exchange: PendingCommand) throws {
    let resource = try resource(fields.resourceID)
    if exchange.header.contextID != 0 { _ = try context(exchange.header.contextID) }
    guard resource.isRendered else {
      // The guest's own pages are what the host reads: there is nothing to copy.
      guard resource.blob != nil else {
        throw CommandError(.invalidParameter, "resource \(resource.id) has no third dimension")
      }
      return
    }
    guard let backing = resource.backing, backing.isInMemory else {
      throw CommandError(.unspecified, "resource \(resource.id) has no backing in memory")
    }
    try renderer?.transfer(fields, direction, in: exchange.header.contextID)
    if direction == .toHost { renderedCount += 1 }
    waitForRenderer(exchange)
  }

  func submit(_ command: Submit3D, _ reader: inout ByteReader, _ exchange: PendingCommand) throws {
    let id = exchange.header.contextID
    _ = try context(id)
    guard command.size % 4 == 0, UInt64(command.size) <= UInt64(reader.remaining) else {
      throw CommandError(
        .invalidParameter, "\(command.size) bytes of commands were announced, and \(reader.remaining) arrived")
    }
    let commands = try reader.bytes(Int(command.size))
    renderedCount += 1
    // What a context did before it failed is done, so its fence waits all the same.
    defer { waitForRenderer(exchange) }
    try renderer?.submit(commands, in: id)
  }

  func context(_ id: UInt32) throws(CommandError) -> Context {
    guard let context = contexts[id] else { throw CommandError(.invalidContextID, "there is no context \(id)") }
    return context
  }
}

extension ResourceCreate3D {
  /// The most bytes that it takes, which is what it counts as in ``Quota/resourceBytes``. A buffer has one byte a texel,
  /// the pixel formats have four, and no format has more than sixteen.
  public var byteCount: UInt64 {
    let isBuffer = target == 0
    let texel: UInt64 = isBuffer ? 1 : PixelFormat(wire: format) == nil ? 16 : 4
    var count = texel
    for factor in [width, height, depth, arraySize, sampleCount] {
      let (product, overflows) = count.multipliedReportingOverflow(by: UInt64(max(1, factor)))
      guard !overflows else { return .max }
      count = product
    }
    // All smaller levels of detail together have less than the first.
    return lastLevel == 0 ? count : count.multipliedReportingOverflow(by: 2).overflow ? .max : count * 2
  }
}

internal import Display
internal import Virtqueue
internal import Wire

/// Contexts, and what is drawn in them.
extension Device {
  /// How many rings of fences a context has (specification: `ring_idx`).
  static let rings = 64

  /// A capability set with the renderer that has it.
  struct OfferedCapset {
    let capset: Capset
    /// Index of the renderer.
    let renderer: Int

    /// The capability sets that drivers may ask for, each id once: without CONTEXT_INIT, a driver cannot say that its context
    /// follows another set than virgl.
    static func all(of renderers: [AttachedRenderer], _ offered: DeviceFeatures) -> [OfferedCapset] {
      var sets: [OfferedCapset] = []
      for attached in renderers {
        for set in attached.renderer.capsets where !sets.contains(where: { $0.capset.id == set.id }) {
          guard offered.contains(.contextInit) || set.id <= Capset.virgl2 else { continue }
          sets.append(OfferedCapset(capset: set, renderer: attached.index))
        }
      }
      return sets
    }
  }

  /// The renderer of RESOURCE_CREATE_3D and of 2D resources that contexts can use: the first one of virgl.
  var textureRenderer: AttachedRenderer? { renderers.first(where: \.isVirgl) }

  /// The capability set that a new context follows; nil: there is none such.
  func capset(of fields: ContextCreate) -> OfferedCapset? {
    // Without the feature the field means nothing, and 0 leaves the choice to the device: the newer virgl.
    let asked = features.contains(.contextInit) ? fields.contextInit & 0xff : 0
    return capsets.first { $0.capset.id == (asked == 0 ? Capset.virgl2 : asked) } ?? (asked == 0 ? capsets.first : nil)
  }

  func getCapsetInfo(_ fields: GetCapsetInfo, _ command: PendingCommand) throws(CommandError) {
    guard let index = Int(exactly: fields.index), capsets.indices.contains(index) else {
      throw CommandError(
        .invalidParameter, "there is no capability set \(fields.index): the device has \(capsets.count)")
    }
    let set = capsets[index].capset
    var body = ByteWriter(capacity: 16)
    body.u32(set.id)
    body.u32(set.version)
    body.u32(UInt32(set.data.count))
    body.u32(0)
    respond(command, .okCapsetInfo, body.bytes)
  }

  func getCapset(_ fields: GetCapset, _ command: PendingCommand) throws(CommandError) {
    guard let set = capsets.first(where: { $0.capset.id == fields.id })?.capset, fields.version <= set.version else {
      throw CommandError(.invalidParameter, "there is no capability set \(fields.id) of version \(fields.version)")
    }
    respond(command, .okCapset, set.data)
  }

  func contextCreate(_ fields: ContextCreate, _ command: PendingCommand) throws {
    let id = command.header.contextID
    guard id != 0, contexts[id] == nil else {
      throw CommandError(.invalidContextID, "invalid new context id \(id): it is 0, or the context exists")
    }
    guard let set = capset(of: fields) else {
      throw CommandError(.invalidParameter, "there is no capability set \(fields.contextInit & 0xff)")
    }
    let context = Context(capset: set.capset.id, renderer: set.renderer)
    try ledger.requireContext(isVenus: set.capset.id == Capset.venus)
    add(context, id)
    perform(
      .createContext(id, capset: set.capset.id, name: fields.title), by: set.renderer, for: command
    ) { [unowned self] result in
      guard case .failure(let error) = result else { return }
      removeContext(id)
      throw error
    }
  }

  private func add(_ context: Context, _ id: UInt32) {
    contexts[id] = context
    ledger.add(context.usage)
  }

  private func removeContext(_ id: UInt32) {
    guard let context = contexts.removeValue(forKey: id) else { return }
    for resource in context.resources { resources[resource]?.contexts.remove(id) }
    ledger.remove(context.usage)
  }

  func contextDestroy(_ command: PendingCommand) throws {
    let id = command.header.contextID
    let owner = try context(id).renderer
    removeContext(id)
    perform(.destroyContext(id), by: owner, for: command) { [unowned self] _ in
      responses.retire { if case .ring(id, _) = $0.fence.timeline { true } else { false } }
    }
  }

  func contextAttachResource(_ fields: ContextAttachResource, _ command: PendingCommand) throws {
    let id = command.header.contextID
    let context = try context(id)
    let resource = try resources.require(fields.resourceID)
    guard !context.resources.contains(resource.id) else { return }
    try require(resource, in: id)
    guard let owner = resource.owner else { return attach(resource, to: id) }
    perform(.attachResource(resource.id, context: id), by: owner, for: command) { [unowned self] result in
      _ = try result.get()
      attach(resource, to: id)
    }
  }

  private func attach(_ resource: Resource, to context: UInt32) {
    resource.contexts.insert(context)
    contexts[context]?.resources.insert(resource.id)
  }

  func contextDetachResource(_ fields: ContextDetachResource, _ command: PendingCommand) throws {
    let id = command.header.contextID
    let context = try context(id)
    let resource = try resources.require(fields.resourceID)
    guard context.resources.contains(resource.id) else {
      throw CommandError(.invalidResourceID, "context \(id) does not use resource \(resource.id)")
    }
    resource.contexts.remove(id)
    contexts[id]?.resources.remove(resource.id)
    guard let owner = resource.owner else { return }
    perform(.detachResource(resource.id, context: id), by: owner, for: command) { _ in }
  }

  func resourceCreate3D(_ fields: ResourceCreate3D, _ command: PendingCommand) throws {
    try resources.requireFree(fields.resourceID)
    guard let owner = textureRenderer?.index else {
      throw CommandError(.invalidParameter, "no renderer of this device makes textures: it has no virgl")
    }
    let byteCount = fields.byteCount
    try ledger.requireResource(bytes: byteCount, "texture of \(fields.width)x\(fields.height)x\(fields.depth)")
    let resource = Resource(id: fields.resourceID, .texture(Texture(fields)), owner: owner, byteCount: byteCount)
    make(resource, .createResource(fields), by: owner, for: command)
  }

  func transferToHost3D(_ fields: TransferToHost3D, _ command: PendingCommand) throws {
    try transfer(fields.fields, .toHost, command)
  }

  func transferFromHost3D(_ fields: TransferFromHost3D, _ command: PendingCommand) throws {
    try transfer(fields.fields, .fromHost, command)
  }

  private func transfer(_ fields: Transfer3D, _ direction: TransferDirection, _ command: PendingCommand) throws {
    let resource = try resources.require(fields.resourceID)
    let id = command.header.contextID
    if id != 0 { _ = try context(id) }
    guard let owner = resource.owner else {
      // The guest's own memory is what the host reads: there is nothing to copy.
      guard resource.blob != nil else {
        throw CommandError(.invalidParameter, "resource \(resource.id) has no third dimension")
      }
      return
    }
    if id != 0 { try require(resource, in: id) }
    guard let backing = resource.backing, backing.isInMemory else {
      throw CommandError(.unspecified, "resource \(resource.id) has no backing in memory")
    }
    transfer(fields, direction, of: resource, context: id, for: command)
    waitForFence(command, of: owner)
  }

  /// Copies between a resource of a renderer and its backing.
  func transfer(
    _ fields: Transfer3D, _ direction: TransferDirection, of resource: Resource, context: UInt32,
    for command: PendingCommand
  ) {
    guard let owner = resource.owner else { return }
    perform(.transfer(fields, direction, context: context), by: owner, for: command) { [unowned self] result in
      _ = try result.get()
      if direction == .toHost { renderers[owner].drawCount += 1 }
    }
  }

  func submit3D(_ fields: Submit3D, _ reader: inout ByteReader, _ command: PendingCommand) throws {
    let id = command.header.contextID
    let owner = try context(id).renderer
    guard fields.size % 4 == 0, UInt64(fields.size) <= UInt64(reader.remaining) else {
      throw CommandError(
        .invalidParameter,
        "invalid size \(fields.size) of commands: must be a multiple of 4, and \(reader.remaining) bytes arrived")
    }
    let commands = try reader.bytes(Int(fields.size))
    perform(.submit(commands, context: id), by: owner, for: command) { [unowned self] result in
      renderers[owner].drawCount += 1
      _ = try result.get()
    }
    // What a context did before it failed is done, so its fence is waited for all the same.
    waitForFence(command, of: owner)
  }

  func context(_ id: UInt32) throws(CommandError) -> Context {
    guard let context = contexts[id] else { throw CommandError(.invalidContextID, "there is no context \(id)") }
    return context
  }

  /// Requires that a context can use a resource: that both are of one renderer, or the resource is the device's own.
  private func require(_ resource: Resource, in id: UInt32) throws(CommandError) {
    guard let owner = resource.owner, let context = contexts[id], context.renderer != owner else { return }
    throw CommandError(
      .invalidParameter,
      "resource \(resource.id) is of another renderer than context \(id), which cannot use it")
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

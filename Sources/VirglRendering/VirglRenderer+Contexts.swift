internal import CVirgl
public import VirtioGPU

/// A context of the guest.
struct VirglContext {
  /// The capability set of its commands, which is never 0.
  let capset: UInt32
  /// The descriptor of its fences; negative when it uses the library's common one.
  let events: Int32
  /// The objects that no blob was made of yet, by blob id.
  var objects: [UInt32: Object] = [:]
  /// The ids of its sub-contexts. Guests have about one for each window, and each takes 2.3 MiB.
  var subContexts: Set<UInt32> = []

  /// True for Vulkan.
  var isVenus: Bool { capset == Capset.venus }

  /// The most sub-contexts of all contexts together.
  static let subContextLimit = 256
  /// The most objects without a blob of all contexts together: the library searches them in a list. Guests make the blob of
  /// an object at once.
  static let objectLimit = 4096

  /// An object that a blob can be made of.
  struct Object {
    /// Bytes that it counts in the memory quota.
    let memory: UInt64
    /// Its size and format, if it is a flat texture.
    let texture: FlatTexture?
  }
}

extension VirglRenderer {
  public func createContext(_ id: UInt32, capset: UInt32, name: String) throws(RendererError) {
    // A guest without CONTEXT_INIT names none, and gets the newest OpenGL.
    let capset = capset == 0 ? Capset.virgl2 : capset
    guard id != 0, contexts[id] == nil else {
      throw RendererError(.invalid, "invalid new context id \(id): it is 0, or the context exists")
    }
    guard capsets.contains(where: { $0.id == capset }) else {
      throw RendererError(.invalid, "invalid capability set \(capset) of a context: it is not offered")
    }
    let virgl = try library.calls()
    let name = Array(name.utf8.prefix(63).map(CChar.init(bitPattern:))) + [0]
    // Safe: the name is read during the call, and has as many bytes as is said.
    try check(
      unsafe virgl.context_create_with_flags(id, capset, UInt32(name.count - 1), name),
      "make a context of capability set \(capset)")
    let isVenus = capset == Capset.venus
    // OpenGL contexts share one descriptor, which is in the set from the start.
    let events = isVenus ? virgl.context_get_poll_fd(id) : -1
    guard ready.add(events) else {
      virgl.context_destroy(id)
      throw RendererError(.outOfMemory, "no room to wait for the fences of one more context")
    }
    contexts[id] = VirglContext(capset: capset, events: events)
  }

  public func destroyContext(_ id: UInt32) {
    guard let virgl = try? library.calls(), let context = contexts.removeValue(forKey: id) else { return }
    if context.events >= 0 { ready.remove(context.events) }
    endObjects(context, id)
    virgl.context_destroy(id)
  }

  public func attach(_ resource: UInt32, to context: UInt32) throws(RendererError) {
    let virgl = try library.calls()
    try requireContext(context)
    try requireResource(resource)
    virgl.ctx_attach_resource(Int32(bitPattern: context), Int32(bitPattern: resource))
  }

  public func detach(_ resource: UInt32, from context: UInt32) {
    guard let virgl = try? library.calls(), contexts[context] != nil, resources[resource] != nil else { return }
    virgl.ctx_detach_resource(Int32(bitPattern: context), Int32(bitPattern: resource))
  }

  public func submit(_ commands: [UInt8], in context: UInt32) throws(RendererError) {
    let virgl = try library.calls()
    let isVenus = try requireContext(context).isVenus
    guard commands.count % 4 == 0, let count = Int32(exactly: commands.count / 4) else {
      throw RendererError(.invalid, "invalid size \(commands.count) of commands: must be a multiple of 4")
    }
    let subContexts = isVenus ? nil : try admit(StreamCheck(commands), to: context)
    // Safe: the words are read during the call; the library only says that it might write.
    let code = unsafe commands.withUnsafeBytes { bytes in
      unsafe virgl.submit_cmd(UnsafeMutableRawPointer(mutating: bytes.baseAddress), Int32(bitPattern: context), count)
    }
    try check(code, "execute \(commands.count) bytes of commands in context \(context)")
    // Sub-contexts end when the commands were executed, not before.
    if let subContexts { contexts[context]?.subContexts = subContexts }
  }

  /// Refuses commands that must not be executed, and counts the memory of the objects that the others create: the library
  /// keeps any number of them until a blob is made of each. Returns the sub-contexts after the commands; nil: as before.
  private func admit(_ check: StreamCheck, to context: UInt32) throws(RendererError) -> Set<UInt32>? {
    if let problem = check.problem() {
      throw RendererError(.invalid, "\(problem), so none of the commands is executed")
    }
    let (objects, changes) = (check.objects(), check.subContexts())
    // Most commands only draw.
    guard !objects.isEmpty || !changes.isEmpty else { return nil }
    let most = (contexts[context]?.subContexts ?? []).union(changes.filter(\.isCreated).map(\.id))
    let others = contexts.reduce(0) { $1.key == context ? $0 : $0 + $1.value.subContexts.count }
    guard most.count + others <= VirglContext.subContextLimit else {
      throw RendererError(
        .outOfMemory, "\(most.count + others) sub-contexts are too many: the limit is \(VirglContext.subContextLimit)")
    }
    try count(objects, in: context)
    var left = contexts[context]?.subContexts ?? []
    contexts[context]?.subContexts = most
    for change in changes {
      if change.isCreated { left.insert(change.id) } else { left.remove(change.id) }
    }
    return left
  }

  /// Counts objects that are about to be created.
  private func count(
    _ objects: [(blobID: UInt32, resource: ResourceCreate3D)], in context: UInt32
  ) throws(RendererError) {
    var counted = contexts[context]?.objects ?? [:]
    let others = contexts.values.reduce(0) { $0 + $1.objects.count } - counted.count
    var free = freeMemory
    for object in objects {
      // With two objects of one id it is unknown which one a blob gets, and whether the library created the first.
      guard counted[object.blobID] == nil else {
        throw RendererError(.invalid, "object \(object.blobID) of context \(context) exists already")
      }
      // A page each at least, for what the library itself keeps.
      let memory = max(4096, object.resource.byteCount)
      guard memory <= free, counted.count + others < VirglContext.objectLimit else {
        throw RendererError(
          .outOfMemory,
          "no room for object \(object.blobID) of context \(context) with \(memory) bytes: \(free) bytes are left, and "
            + "there are \(counted.count + others) objects without a blob, of at most \(VirglContext.objectLimit)")
      }
      counted[object.blobID] = VirglContext.Object(memory: memory, texture: object.resource.flatTexture)
      free -= memory
    }
    contexts[context]?.objects = counted
    freeMemory = free
  }

  @discardableResult
  func requireContext(_ id: UInt32) throws(RendererError) -> VirglContext {
    guard let context = contexts[id] else { throw RendererError(.invalid, "context \(id) does not exist") }
    return context
  }

  @discardableResult
  func requireResource(_ id: UInt32) throws(RendererError) -> VirglResource {
    guard let resource = resources[id] else { throw RendererError(.invalid, "resource \(id) does not exist") }
    return resource
  }
}

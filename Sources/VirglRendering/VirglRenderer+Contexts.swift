internal import CVirgl
public import VirtioGPU

/// A context of the guest.
struct VirglContext {
  /// The capability set that its commands follow, which is never 0.
  let capset: UInt32
  /// What its fences are waited for with; below zero when that is the library's one for all.
  let events: Int32
  /// Each object that was made for a blob and has none yet, by the number that the blob will name.
  var objects: [UInt32: Object] = [:]
  /// The contexts inside it. Guests have one for each program's window or so, and each takes 2.3 MiB.
  var inner: Set<UInt32> = []

  /// True for Vulkan.
  var isVenus: Bool { capset == Capset.venus }

  /// How many contexts there may be inside all of them.
  static let mostInner = 256
  /// How many objects may wait for their blobs, in all contexts: the library looks for each in a list. Guests make a
  /// blob of an object at once.
  static let mostObjects = 4096

  /// What a blob can be made of.
  struct Object {
    /// Bytes that it is counted with.
    let memory: UInt64
    /// What it shows, if it is one flat picture.
    let picture: VirglResource.Image?
  }
}

extension VirglRenderer {
  public func createContext(_ id: UInt32, capset: UInt32, name: String) throws(RendererError) {
    // A guest that names none, or cannot, means the newest OpenGL.
    let capset = capset == 0 ? Capset.virgl2 : capset
    guard id != 0, contexts[id] == nil else {
      throw RendererError(.invalid, "there is a context \(id) already")
    }
    guard capsets.contains(where: { $0.id == capset }) else {
      throw RendererError(.invalid, "a context of capability set \(capset) cannot be made: it is not offered")
    }
    let virgl = try library.calls()
    let name = Array(name.utf8.prefix(63).map(CChar.init(bitPattern:))) + [0]
    // Safe: the name is read during the call, and has as many bytes as is said.
    try check(
      unsafe virgl.context_create_with_flags(id, capset, UInt32(name.count - 1), name),
      "make a context of capability set \(capset)")
    let isVenus = capset == Capset.venus
    // All of OpenGL share one descriptor, which is waited for from the start.
    let events = isVenus ? virgl.context_get_poll_fd(id) : -1
    guard ready.add(events) else {
      virgl.context_destroy(id)
      throw RendererError(.outOfMemory, "the fences of one more context cannot be waited for")
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
      throw RendererError(.invalid, "\(commands.count) bytes of commands are not a number of whole words")
    }
    let inner = isVenus ? [] : try admit(StreamCheck(commands), to: context)
    // Safe: the words are read during the call; the library only says that it might write.
    let code = unsafe commands.withUnsafeBytes { bytes in
      unsafe virgl.submit_cmd(UnsafeMutableRawPointer(mutating: bytes.baseAddress), Int32(bitPattern: context), count)
    }
    try check(code, "execute \(commands.count) bytes of commands in context \(context)")
    // Only those that were executed end any.
    contexts[context]?.inner = inner
  }

  /// Refuses commands that must not be executed, and counts the memory of the objects that the others make: the library
  /// keeps them, however many, until a blob takes them. Returns the contexts that there will be inside the context.
  private func admit(_ check: StreamCheck, to context: UInt32) throws(RendererError) -> Set<UInt32> {
    if let problem = check.problem() {
      throw RendererError(.invalid, "\(problem), so none of these commands is executed")
    }
    let changes = check.innerContexts()
    let most = (contexts[context]?.inner ?? []).union(changes.filter(\.isMade).map(\.id))
    let others = contexts.reduce(0) { $1.key == context ? $0 : $0 + $1.value.inner.count }
    guard most.count + others <= VirglContext.mostInner else {
      throw RendererError(
        .outOfMemory, "\(most.count + others) contexts inside contexts are more than the guest may have")
    }
    try count(check.objects(), in: context)
    var left = contexts[context]?.inner ?? []
    contexts[context]?.inner = most
    for change in changes {
      if change.isMade { left.insert(change.id) } else { left.remove(change.id) }
    }
    return left
  }

  /// Counts objects that are about to be made.
  private func count(
    _ objects: [(blobID: UInt32, resource: ResourceCreate3D)], in context: UInt32
  ) throws(RendererError) {
    var counted = contexts[context]?.objects ?? [:]
    let others = contexts.values.reduce(0) { $0 + $1.objects.count } - counted.count
    var free = freeMemory
    for object in objects {
      // Of two by one number nobody knows which one a blob will get, nor whether the library made the first.
      guard counted[object.blobID] == nil else {
        throw RendererError(.invalid, "object \(object.blobID) of context \(context) is made a second time")
      }
      // A page each at least, for the library's own notes.
      let memory = max(4096, object.resource.byteCount)
      guard memory <= free, counted.count + others < VirglContext.mostObjects else {
        throw RendererError(
          .outOfMemory,
          "object \(object.blobID) of context \(context) is more than the guest may have: it has "
            + "\(counted.count + others) without a blob, and \(free) bytes are left")
      }
      counted[object.blobID] = VirglContext.Object(memory: memory, picture: object.resource.picture)
      free -= memory
    }
    contexts[context]?.objects = counted
    freeMemory = free
  }

  @discardableResult
  func requireContext(_ id: UInt32) throws(RendererError) -> VirglContext {
    guard let context = contexts[id] else { throw RendererError(.invalid, "there is no context \(id)") }
    return context
  }

  @discardableResult
  func requireResource(_ id: UInt32) throws(RendererError) -> VirglResource {
    guard let resource = resources[id] else { throw RendererError(.invalid, "there is no resource \(id)") }
    return resource
  }
}

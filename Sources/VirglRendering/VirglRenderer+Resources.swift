internal import CVirgl
public import VirtioGPU
public import Virtqueue

/// A resource of the guest.
struct VirglResource {
  /// Bytes that it counts in the memory quota.
  let memory: UInt64
  /// Its size and format, if it is a flat texture.
  var texture: FlatTexture?
  /// The size of a blob in bytes; nil: not a blob.
  var blobSize: UInt64?
  /// Its backing.
  var backing: AttachedBacking?
}

extension VirglRenderer {
  public func create(_ resource: ResourceCreate3D) throws(RendererError) {
    let virgl = try library.calls()
    let id = resource.resourceID
    // The library would replace a resource of the same id.
    try requireNone(id)
    let memory = resource.byteCount
    try requireMemory(memory)
    var arguments = virgl_renderer_resource_create_args(
      handle: id, target: resource.target, format: resource.format, bind: resource.bind, width: resource.width,
      height: resource.height, depth: resource.depth, array_size: resource.arraySize, last_level: resource.lastLevel,
      nr_samples: resource.sampleCount, flags: resource.flags)
    // Safe: the arguments are read during the call; backing is attached later.
    try check(unsafe virgl.resource_create(&arguments, nil, 0), "make \(resource.summary)")
    resources[id] = VirglResource(memory: memory, texture: resource.flatTexture)
    freeMemory -= memory
  }

  public func destroy(_ resource: UInt32) {
    guard let virgl = try? library.calls(), let old = resources.removeValue(forKey: resource) else { return }
    freeMemory += old.memory
    // The library may write to the backing until it is detached.
    withExtendedLifetime(old) {
      if old.backing != nil { virgl.resource_detach_iov(Int32(bitPattern: resource), nil, nil) }
      virgl.resource_unref(resource)
    }
  }

  public func setBacking(_ pages: [GuestRange]?, of resource: UInt32) throws(RendererError) {
    let virgl = try library.calls()
    let old = try requireResource(resource).backing
    let new = try pages.flatMap { (pages) throws(RendererError) in pages.isEmpty ? nil : try AttachedBacking(pages) }
    let handle = Int32(bitPattern: resource)
    if old != nil { virgl.resource_detach_iov(handle, nil, nil) }
    guard let (list, count) = unsafe new?.entries else {
      resources[resource]?.backing = nil
      return
    }
    // Safe: lists live until they are detached.
    let code = unsafe virgl.resource_attach_iov(handle, list, count)
    if code != 0, let (list, count) = unsafe old?.entries {
      // Safe: as above.
      _ = unsafe virgl.resource_attach_iov(handle, list, count)
    }
    try check(code, "attach \(count) memory entries to resource \(resource)")
    resources[resource]?.backing = new
  }

  func requireMemory(_ count: UInt64) throws(RendererError) {
    guard count <= freeMemory else {
      throw RendererError(
        .outOfMemory, "no room for a resource of \(count) bytes: \(freeMemory) bytes of the memory quota are left")
    }
  }

  func requireNone(_ id: UInt32) throws(RendererError) {
    guard id != 0, resources[id] == nil else {
      throw RendererError(.invalid, "invalid new resource id \(id): it is 0, or the resource exists")
    }
  }
}

extension ResourceCreate3D {
  /// A description for error messages.
  fileprivate var summary: String {
    "resource \(resourceID) (target \(target), format \(format), \(width)x\(height)x\(depth), \(arraySize) layers, "
      + "last level \(lastLevel), \(sampleCount) samples, bind \(String(bind, radix: 16)))"
  }
}

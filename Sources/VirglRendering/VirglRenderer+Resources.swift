internal import CVirgl
internal import Display
public import VirtioGPU
public import Virtqueue

/// A resource of the guest.
struct VirglResource {
  /// Bytes that it is counted with.
  let memory: UInt64
  /// What it shows, if it is one flat picture.
  var picture: Image?
  /// The length of a blob in bytes; nil for what is none.
  var blobSize: UInt64?
  /// The guest's pages behind it.
  var pages: AttachedPages?

  /// How a flat picture lies in memory.
  struct Image {
    let size: Size
    /// `enum virgl_formats`.
    let format: UInt32
  }
}

extension VirglRenderer {
  public func create(_ resource: ResourceCreate3D) throws(RendererError) {
    let virgl = try library.calls()
    let id = resource.resourceID
    // The library would replace it.
    try requireNone(id)
    let memory = resource.byteCount
    try requireMemory(memory)
    var arguments = virgl_renderer_resource_create_args(
      handle: id, target: resource.target, format: resource.format, bind: resource.bind, width: resource.width,
      height: resource.height, depth: resource.depth, array_size: resource.arraySize, last_level: resource.lastLevel,
      nr_samples: resource.sampleCount, flags: resource.flags)
    // Safe: the arguments are read during the call; pages come later.
    try check(unsafe virgl.resource_create(&arguments, nil, 0), "make \(resource.summary)")
    resources[id] = VirglResource(memory: memory, picture: resource.picture)
    freeMemory -= memory
  }

  public func destroy(_ resource: UInt32) {
    guard let virgl = try? library.calls(), let old = resources.removeValue(forKey: resource) else { return }
    freeMemory += old.memory
    // The library may still write to the pages when it lets them go.
    withExtendedLifetime(old) {
      if old.pages != nil { virgl.resource_detach_iov(Int32(bitPattern: resource), nil, nil) }
      virgl.resource_unref(resource)
    }
  }

  public func setBacking(_ pages: [GuestRange]?, of resource: UInt32) throws(RendererError) {
    let virgl = try library.calls()
    let old = try requireResource(resource).pages
    let new = try pages.flatMap { (pages) throws(RendererError) in pages.isEmpty ? nil : try AttachedPages(pages) }
    let handle = Int32(bitPattern: resource)
    if old != nil { virgl.resource_detach_iov(handle, nil, nil) }
    guard let (list, count) = unsafe new?.pieces else {
      resources[resource]?.pages = nil
      return
    }
    // Safe: lists live until they are detached.
    let code = unsafe virgl.resource_attach_iov(handle, list, count)
    if code != 0, let (list, count) = unsafe old?.pieces {
      // Safe: as above.
      _ = unsafe virgl.resource_attach_iov(handle, list, count)
    }
    try check(code, "put \(count) pieces of memory behind resource \(resource)")
    resources[resource]?.pages = new
  }

  func requireMemory(_ count: UInt64) throws(RendererError) {
    guard count <= freeMemory else {
      throw RendererError(
        .outOfMemory, "a resource of \(count) bytes is more than the \(freeMemory) that are left for guests")
    }
  }

  func requireNone(_ id: UInt32) throws(RendererError) {
    guard id != 0, resources[id] == nil else {
      throw RendererError(.invalid, "there is a resource \(id) already")
    }
  }
}

extension ResourceCreate3D {
  /// What it is, for people.
  fileprivate var summary: String {
    "resource \(resourceID) (target \(target), format \(format), \(width)x\(height)x\(depth), \(arraySize) layers, "
      + "last level \(lastLevel), \(sampleCount) samples, bind \(String(bind, radix: 16)))"
  }

  /// What it shows, if it is one flat picture.
  var picture: VirglResource.Image? {
    let (flat, rectangular): (UInt32, UInt32) = (2, 5)
    guard target == flat || target == rectangular, depth <= 1, arraySize <= 1, sampleCount <= 1 else { return nil }
    return VirglResource.Image(size: Size(width: width, height: height), format: format)
  }
}

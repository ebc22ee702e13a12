internal import CVirgl
internal import Glibc
internal import LinuxIO
public import VirtioGPU

extension VirglRenderer {
  public func create(_ blob: RendererBlob) throws(RendererError) {
    let virgl = try library.calls()
    let id = blob.resourceID
    try requireNone(id)
    let context = try requireContext(blob.context)
    guard blob.size > 0, blob.memory != .guest else {
      throw RendererError(
        .invalid, "invalid size \(blob.size) or memory type of a blob of context \(blob.context)")
    }
    // The library ignores the high half.
    guard context.isVenus || blob.blobID <= UInt32.max else {
      throw RendererError(.invalid, "context \(blob.context) has no object \(blob.blobID)")
    }
    let object = UInt32(truncatingIfNeeded: blob.blobID)
    let held = context.objects[object]?.memory ?? 0
    let memory = max(blob.size, held)
    try requireMemory(memory - held)
    try check(
      makeBlob(id, of: blob.blobID, blob.context, flags: blob.flags, size: blob.size, virgl),
      "make a blob of object \(blob.blobID) of context \(blob.context)")
    if held > 0 { forget(object, of: blob.context) }
    do throws(RendererError) {
      try checkSize(of: blob, context)
    } catch {
      virgl.resource_unref(id)
      throw error
    }
    // The library does not tell how many layers and samples a blob has, and only flat textures can be read.
    let texture = context.isVenus ? nil : context.objects[object]?.texture
    resources[id] = VirglResource(memory: memory, texture: texture, blobSize: blob.size)
    freeMemory -= memory
  }

  /// Makes blob `id` of an object, and returns the library's error code.
  private func makeBlob(
    _ id: UInt32, of object: UInt64, _ context: UInt32, flags: BlobFlags, size: UInt64, _ virgl: cvirgl
  ) -> Int32 {
    // The backing of a `HOST3D_GUEST` blob is attached later, which the library allows for `HOST3D` blobs only. It treats
    // both alike otherwise.
    var arguments = unsafe virgl_renderer_resource_create_blob_args()
    unsafe arguments.res_handle = id
    unsafe arguments.ctx_id = context
    unsafe arguments.blob_mem = UInt32(VIRGL_RENDERER_BLOB_MEM_HOST3D)
    unsafe arguments.blob_flags = flags.rawValue
    unsafe arguments.blob_id = object
    unsafe arguments.size = size
    // Safe: the arguments are read during the call, and name no memory.
    return unsafe virgl.resource_create_blob(&arguments)
  }

  /// Forgets an object that a blob was made of.
  private func forget(_ object: UInt32, of context: UInt32) {
    freeMemory += contexts[context]?.objects.removeValue(forKey: object)?.memory ?? 0
  }

  /// Destroys the objects without a blob of a context that is about to end. The library would leak their memory, so a blob
  /// is made of each and destroyed.
  func endObjects(_ context: VirglContext, _ id: UInt32) {
    guard let virgl = try? library.calls(),
      let spare = (1...UInt32.max).reversed().first(where: { resources[$0] == nil })
    else { return }
    for (number, object) in context.objects {
      // An object that the library refused to create has no blob.
      if makeBlob(spare, of: UInt64(number), id, flags: [], size: 4096, virgl) == 0 { virgl.resource_unref(spare) }
      freeMemory += object.memory
    }
  }

  public func share(_ blob: UInt32) throws(RendererError) -> SharedBlob {
    let virgl = try library.calls()
    guard let size = try requireResource(blob).blobSize else {
      throw RendererError(.invalid, "resource \(blob) is not a blob")
    }
    guard let (file, start, length) = try export(blob) else {
      throw RendererError(
        .failed, "blob \(blob) cannot be mapped: it lies in memory of the graphics driver, not in a file")
    }
    guard length >= size else {
      throw RendererError(.failed, "blob \(blob) has \(length) bytes, not \(size), so it cannot be mapped")
    }
    var caching: UInt32 = 0
    // Safe: one number is filled; it stays 0 where nothing is known.
    unsafe _ = virgl.resource_get_map_info(blob, &caching)
    return SharedBlob(
      file: file, start: start, count: size,
      caching: MapCaching(rawValue: caching & UInt32(VIRGL_RENDERER_MAP_CACHE_MASK)) ?? .none)
  }

  /// Refuses a blob that is larger than its object, which the library does not do.
  private func checkSize(of blob: RendererBlob, _ context: VirglContext) throws(RendererError) {
    let found: UInt64
    if context.isVenus {
      guard let (_, _, length) = try export(blob.resourceID) else { return }
      found = length
    } else {
      let virgl = try library.calls()
      var info = virgl_renderer_resource_info()
      // Safe: the structure is filled.
      let code = unsafe virgl.resource_get_info(Int32(bitPattern: blob.resourceID), &info)
      // It fails for formats without a DRM format, but fills the other fields first.
      if info.width == 0 { try check(code, "describe blob \(blob.resourceID)") }
      let isBuffer = info.height <= 1 && info.stride == info.width
      // The layout of a texture is known to the driver only, and it cannot be mapped.
      guard isBuffer else { return }
      // Guests ask for whole pages.
      found = (UInt64(info.width) + 4095) / 4096 * 4096
    }
    guard blob.size <= found else {
      throw RendererError(
        .invalid,
        "invalid blob size \(blob.size): object \(blob.blobID) of context \(blob.context) has \(found) bytes"
      )
    }
  }

  /// The file of a blob, the offset of the blob in it, and its length; nil when it has no file that can be mapped.
  private func export(_ blob: UInt32) throws(RendererError) -> (Descriptor, UInt64, UInt64)? {
    let virgl = try library.calls()
    var (kind, raw): (UInt32, Int32) = (0, -1)
    // Safe: two numbers are filled. The descriptor becomes ours.
    guard unsafe virgl.resource_export_blob(blob, &kind, &raw) == 0, raw >= 0 else { return nil }
    let file = Descriptor(owning: raw)
    if kind == VIRGL_RENDERER_BLOB_FD_TYPE_OPAQUE {
      return SoftwareMemory.find(in: file).map { (file, $0.start, $0.count) }
    }
    guard kind == VIRGL_RENDERER_BLOB_FD_TYPE_SHM || kind == VIRGL_RENDERER_BLOB_FD_TYPE_DMABUF else { return nil }
    // Files of both kinds tell their length so.
    return (file, 0, UInt64(clamping: lseek(raw, 0, SEEK_END)))
  }
}

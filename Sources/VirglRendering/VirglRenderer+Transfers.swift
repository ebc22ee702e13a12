internal import CVirgl
public import Display
public import VirtioGPU

extension VirglRenderer {
  public func transfer(
    _ fields: Transfer3D, _ direction: TransferDirection, in context: UInt32
  ) throws(RendererError) {
    let virgl = try library.calls()
    let id = fields.resourceID
    if context != 0 { try requireContext(context) }
    guard try requireResource(id).backing != nil else {
      throw RendererError(.invalid, "resource \(id) has no backing to copy from or to")
    }
    guard fields.fitsSignedNumbers, fields.box.width > 0, fields.box.height > 0, fields.box.depth > 0 else {
      throw RendererError(.invalid, "\(fields.box) of level \(fields.level) is empty or not inside resource \(id)")
    }
    var box = virgl_box(fields.box)
    let code: Int32
    switch direction {
    case .toHost:
      // Safe: the box is read during the call. Without a list the library uses the attached one, and checks its bounds.
      code = unsafe virgl.transfer_write_iov(
        id, context, Int32(bitPattern: fields.level), fields.stride, fields.layerStride, &box, fields.offset, nil, 0)
    case .fromHost:
      // Safe: as above.
      code = unsafe virgl.transfer_read_iov(
        id, context, fields.level, fields.stride, fields.layerStride, &box, fields.offset, nil, 0)
    }
    try check(code, "copy \(fields.box) of level \(fields.level) of resource \(id), offset \(fields.offset)")
  }

  public func read(_ rectangle: Rectangle, of resource: UInt32, into surface: Surface) throws(RendererError) {
    let virgl = try library.calls()
    guard let texture = try requireResource(resource).texture else {
      throw RendererError(.failed, "resource \(resource) is not a flat texture, so it cannot be read")
    }
    // Drivers show textures with alpha in formats without, and the other way round.
    guard PixelFormat(wire: texture.format)?.opaque == surface.format.opaque, texture.size == surface.size else {
      throw RendererError(
        .invalid,
        "resource \(resource) has \(texture.size) pixels of format \(texture.format), not \(surface.size) "
          + "\(surface.format.rawValue)")
    }
    guard rectangle.isInside(surface.size) else {
      throw RendererError(.invalid, "\(rectangle) is not inside resource \(resource) of \(texture.size)")
    }
    guard !rectangle.isEmpty else { return }
    var box = virgl_box(
      Box(x: rectangle.x, y: rectangle.y, width: rectangle.width, height: rectangle.height))
    let start = Int(rectangle.y) * surface.stride + Int(rectangle.x) * PixelFormat.bytesPerPixel
    let count = (Int(rectangle.height) - 1) * surface.stride + Int(rectangle.width) * PixelFormat.bytesPerPixel
    // Safe: the list is the rectangle in the surface, from its first pixel to its last, and is used during the call.
    let code = unsafe surface.withPixels { pixels in
      var rows = unsafe iovec(iov_base: pixels + start, iov_len: count)
      return unsafe virgl.transfer_read_iov(resource, 0, 0, UInt32(surface.stride), 0, &box, 0, &rows, 1)
    }
    try check(code, "read \(rectangle) of resource \(resource)")
  }
}

extension virgl_box {
  fileprivate init(_ box: Box) {
    self.init(x: box.x, y: box.y, z: box.z, w: box.width, h: box.height, d: box.depth)
  }
}

public import Display
internal import VirtioGPU
internal import Virtqueue
internal import Wire

/// A surface in guest memory with its resource on the device: what Linux calls a dumb buffer.
///
/// Draw into ``surface``, then ``flush(_:)``. Coordinates are pixels of the surface.
public final class Framebuffer {
  /// The device's number for it.
  public let resourceID: UInt32
  /// The guest's own pixels.
  public let surface: Surface
  /// Where they lie, guest-physical.
  public let address: UInt64
  /// What kind of resource it is.
  public let kind: Kind
  private let driver: GPUDriver

  /// What Linux makes of dumb buffers: a 2D resource whose pixels are transferred, or, where a device offers
  /// `VIRTIO_GPU_F_RESOURCE_BLOB` and no contexts, a blob whose pixels the device reads where they are.
  public enum Kind: Sendable {
    /// The device has a copy.
    case resource2D
    /// The device reads the guest's pages.
    case blob
  }

  /// Makes the resource and gives it pages: one run of memory, or scattered runs of `run` bytes.
  public init(
    _ driver: GPUDriver, size: Size, format: PixelFormat, kind: Kind = .resource2D, run: UInt64 = .max
  ) throws {
    self.driver = driver
    self.kind = kind
    resourceID = driver.makeResourceID()
    let stride = Int(size.width) * PixelFormat.bytesPerPixel
    // Blobs are whole pages.
    let count = (UInt64(stride) * UInt64(size.height) + 4095) / 4096 * 4096
    let address = try driver.ram.allocate(count)
    self.address = address
    let range = try driver.ram.memory.range(at: address, count: count)
    // Safe: the range has `height` rows of `stride` bytes, in a mapping that the driver's memory keeps.
    surface = try unsafe range.withBytes { bytes in
      guard let base = bytes.baseAddress else { throw SurfaceError(size: size, format: format) }
      return try unsafe Surface(size: size, format: format, stride: stride, base: base, owner: driver.ram)
    }
    let entries = entries(count, run: run)
    let entryCount = UInt32(entries.count / MemoryEntry.size)
    switch kind {
    case .resource2D:
      try driver.send(
        ResourceCreate2D(resourceID: resourceID, format: format.wire, width: size.width, height: size.height))
      try driver.send(ResourceAttachBacking(resourceID: resourceID, entryCount: entryCount), payload: entries)
    case .blob:
      try driver.send(
        ResourceCreateBlob(
          resourceID: resourceID, memory: .guest, flags: .shareable, entryCount: entryCount, size: count),
        payload: entries)
    }
  }

  /// Shows a part of the surface, or all of it, on a scanout.
  public func show(on scanout: ScanoutID, _ rectangle: Rectangle? = nil) throws {
    let part = rectangle ?? Rectangle(surface.size)
    let scanout = UInt32(clamping: scanout)
    switch kind {
    case .resource2D: try driver.send(SetScanout(rectangle: part, scanout: scanout, resourceID: resourceID))
    case .blob:
      try driver.send(
        SetScanoutBlob(
          rectangle: part, scanout: scanout, resourceID: resourceID, size: surface.size, format: surface.format.wire,
          stride: UInt32(clamping: surface.stride)))
    }
  }

  /// Copies a part, or all of it, to the device, as Linux does: the offset is that of the part's first pixel. A blob
  /// needs none.
  public func transfer(_ rectangle: Rectangle? = nil) throws {
    guard kind == .resource2D else { return }
    try driver.send(transferring(rectangle ?? Rectangle(surface.size)))
  }

  /// Transfers and flushes a part, or all of it.
  public func flush(_ rectangle: Rectangle? = nil) throws {
    let part = rectangle ?? Rectangle(surface.size)
    let flush = ResourceFlush(rectangle: part, resourceID: resourceID)
    switch kind {
    case .resource2D: try driver.send(transferring(part), then: flush)
    case .blob: try driver.send(flush)
    }
  }

  /// Takes the resource away; the guest's pixels stay.
  public func unref() throws {
    try driver.send(ResourceDetachBacking(resourceID: resourceID))
    try driver.send(ResourceUnref(resourceID: resourceID))
  }

  private func transferring(_ part: Rectangle) -> TransferToHost2D {
    let offset = UInt64(part.y) * UInt64(surface.stride) + UInt64(part.x) * UInt64(PixelFormat.bytesPerPixel)
    return TransferToHost2D(rectangle: part, offset: offset, resourceID: resourceID)
  }

  private func entries(_ count: UInt64, run: UInt64) -> [UInt8] {
    var entries = ByteWriter()
    var done: UInt64 = 0
    while done < count {
      let length = min(run, count - done, UInt64(UInt32.max))
      MemoryEntry(address: address + done, length: UInt32(length)).write(to: &entries)
      done += length
    }
    return entries.bytes
  }
}

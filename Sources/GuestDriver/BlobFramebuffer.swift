public import Display
internal import VirtioGPU
internal import Wire

/// A picture in guest memory that the device shows where it lies: a blob of the guest's own pages, which Linux makes its
/// dumb buffers of when the device can. Needs `VIRTIO_GPU_F_RESOURCE_BLOB`.
public final class BlobFramebuffer {
  /// The device's number for it.
  public let resourceID: UInt32
  /// The guest's own pixels.
  public let surface: Surface
  private let driver: GPUDriver

  /// Makes a blob of the pages of another framebuffer, which keeps its own resource.
  public init(_ driver: GPUDriver, over frame: Framebuffer) throws {
    self.driver = driver
    surface = frame.surface
    resourceID = driver.makeResourceID()
    let count = UInt64(surface.stride) * UInt64(surface.size.height)
    // Blobs are whole pages; a framebuffer begins at one, and what follows its last pixel is the guest's, too.
    let size = (count + 4095) / 4096 * 4096
    var entries = ByteWriter()
    MemoryEntry(address: frame.address, length: UInt32(clamping: size)).write(to: &entries)
    try driver.send(
      ResourceCreateBlob(resourceID: resourceID, memory: .guest, entryCount: 1, size: size), payload: entries.bytes)
  }

  /// Shows all of the picture on an output.
  public func show(on scanout: ScanoutID) throws {
    try driver.send(
      SetScanoutBlob(
        rectangle: Rectangle(surface.size), scanout: UInt32(clamping: scanout), resourceID: resourceID,
        size: surface.size, format: surface.format.wire, stride: UInt32(clamping: surface.stride)))
  }

  /// Brings a part, or all of it, to the screen: nothing has to be transferred.
  public func flush(_ rectangle: Rectangle? = nil) throws {
    try driver.send(ResourceFlush(rectangle: rectangle ?? Rectangle(surface.size), resourceID: resourceID))
  }
}

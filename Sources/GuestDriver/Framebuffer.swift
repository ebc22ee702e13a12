public import Display
internal import VirtioGPU
internal import Virtqueue
internal import Wire

/// A picture in guest memory with its resource on the device: what Linux calls a dumb buffer.
///
/// Draw into ``surface``, then ``flush(_:)``. Coordinates are pixels of the picture.
public final class Framebuffer {
  /// The device's number for it.
  public let resourceID: UInt32
  /// The guest's own pixels.
  public let surface: Surface
  /// Where they lie, guest-physical.
  public let address: UInt64
  private let driver: GPUDriver

  /// Makes the resource and gives it pages: one run of memory, or scattered runs of `run` bytes.
  public init(_ driver: GPUDriver, size: Size, format: PixelFormat, run: UInt64 = .max) throws {
    self.driver = driver
    resourceID = driver.makeResourceID()
    let stride = Int(size.width) * PixelFormat.bytesPerPixel
    let count = UInt64(stride) * UInt64(size.height)
    let address = try driver.ram.allocate(count)
    self.address = address
    let range = try driver.ram.memory.range(at: address, count: count)
    // Safe: the range has `height` rows of `stride` bytes, in a mapping that the driver's memory keeps.
    surface = try unsafe range.withBytes { bytes in
      guard let base = bytes.baseAddress else { throw SurfaceError(size: size, format: format) }
      return try unsafe Surface(size: size, format: format, stride: stride, base: base, owner: driver.ram)
    }
    try driver.send(
      ResourceCreate2D(resourceID: resourceID, format: format.wire, width: size.width, height: size.height))
    try attach(count, run: run)
  }

  /// Shows a part of the picture, or all of it, on an output.
  public func show(on scanout: ScanoutID, _ rectangle: Rectangle? = nil) throws {
    try driver.send(
      SetScanout(
        rectangle: rectangle ?? Rectangle(surface.size), scanout: UInt32(clamping: scanout), resourceID: resourceID))
  }

  /// Copies a part, or all of it, to the device, as Linux does: the offset is that of the part's first pixel.
  public func transfer(_ rectangle: Rectangle? = nil) throws {
    try driver.send(transferring(rectangle ?? Rectangle(surface.size)))
  }

  /// Brings a part, or all of it, to the screen: transfer, then flush.
  public func flush(_ rectangle: Rectangle? = nil) throws {
    let part = rectangle ?? Rectangle(surface.size)
    try driver.send(transferring(part), then: ResourceFlush(rectangle: part, resourceID: resourceID))
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

  private func attach(_ count: UInt64, run: UInt64) throws {
    var entries = ByteWriter()
    var number: UInt32 = 0
    var done: UInt64 = 0
    while done < count {
      let length = min(run, count - done, UInt64(UInt32.max))
      MemoryEntry(address: address + done, length: UInt32(length)).write(to: &entries)
      done += length
      number += 1
    }
    try driver.send(
      ResourceAttachBacking(resourceID: resourceID, entryCount: number), payload: entries.bytes)
  }
}

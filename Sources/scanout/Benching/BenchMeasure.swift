import Display
import GuestDriver
import VirtioGPU

/// One operation to measure, the same for every back end. It ends when the driver has the response.
struct BenchMeasure {
  /// Kind of operation.
  enum Operation: String, CaseIterable, Encodable {
    /// RESOURCE_FLUSH of one pixel of a resource that no scanout shows: the smallest command that every device executes
    /// itself.
    case command
    /// UPDATE_CURSOR with a cursor of 64 × 64 pixels.
    case cursor
    /// TRANSFER_TO_HOST_2D and RESOURCE_FLUSH of a whole image, with one kick.
    case frame
    /// The same of 64 × 64 pixels of it.
    case part
    /// RESOURCE_FLUSH of a whole image.
    case flush
    /// The same of a blob of guest memory, which needs no transfer.
    case blobFlush
  }

  let operation: Operation
  /// Size of the image; nil: it does not matter.
  let size: Size?

  private static let small = Size(width: 64, height: 64)

  /// What to measure, in order.
  static func all(_ sizes: [Size]) -> [BenchMeasure] {
    [Operation.command, .cursor].map { BenchMeasure(operation: $0, size: nil) }
      + sizes.flatMap { size in
        [Operation.frame, .part, .flush, .blobFlush].map { BenchMeasure(operation: $0, size: size) }
      }
  }

  /// Sizes of all images that the measures need.
  static func imageSizes(_ sizes: [Size]) -> [Size] { sizes + [small] }

  /// Bytes of pixels that the operation shows; nil for operations that are not about throughput.
  var byteCount: UInt64? {
    guard let size, operation != .part else { return nil }
    return size.area * UInt64(PixelFormat.bytesPerPixel)
  }

  /// Prepares a back end and returns the operation to repeat; nil when the back end does not offer it.
  func prepare(_ backEnd: BenchBackEnd) throws -> (() throws -> Void)? {
    let driver = backEnd.driver
    let frame = try backEnd.frame(size ?? Self.small)
    let pixels = Rectangle(frame.surface.size)
    switch operation {
    case .command:
      let pixel = Rectangle(x: 0, y: 0, width: 1, height: 1)
      return { try driver.send(ResourceFlush(rectangle: pixel, resourceID: frame.resourceID)) }
    case .cursor:
      try frame.transfer()
      let fields = CursorFields(scanout: 0, position: Point(x: 9, y: 9), resourceID: frame.resourceID)
      return { try driver.point(UpdateCursor(fields)) }
    case .frame:
      try frame.show(on: 0)
      return { try frame.flush() }
    case .part:
      try frame.show(on: 0)
      let part = pixels.intersection(Rectangle(Self.small))
      return { try frame.flush(part) }
    case .flush:
      try frame.show(on: 0)
      return { try driver.send(ResourceFlush(rectangle: pixels, resourceID: frame.resourceID)) }
    case .blobFlush:
      guard backEnd.hasBlobs else { return nil }
      let blob = try backEnd.blob(frame.surface.size)
      try blob.show(on: 0)
      return { try blob.flush() }
    }
  }
}

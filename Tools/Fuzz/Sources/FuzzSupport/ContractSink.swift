public import Display

/// Display sink that checks the contract of ``Display/DisplaySink`` and reads the pixels that it promises.
public final class ContractSink: DisplaySink {
  private let scanouts: Range<Int>
  private let cursorSide: UInt32
  private var surfaces: [ScanoutID: Surface] = [:]
  /// How many times something was damaged.
  public private(set) var damageCount = 0
  /// How many times a scanout's clock ticked.
  public private(set) var tickCount = 0
  /// The sum of some pixels: reading them is what matters.
  public private(set) var sum: UInt64 = 0

  /// Expects at most `scanouts` scanouts, and cursors of at most `cursorSide` pixels.
  public init(scanouts: Int, cursorSide: UInt32) {
    self.scanouts = 0..<scanouts
    self.cursorSide = cursorSide
  }

  /// The scanouts that are on.
  public var shown: [ScanoutID] { surfaces.keys.sorted() }

  public func receive(_ event: DisplayEvent, on scanout: ScanoutID, at time: DisplayTime) {
    require(scanouts.contains(scanout), "an event came for scanout \(scanout)")
    switch event {
    case .scanout(let surface): surfaces[scanout] = surface
    case .damage(let rectangle):
      guard let surface = surfaces[scanout] else { violated("scanout \(scanout) is off and was damaged") }
      require(!rectangle.isEmpty, "an empty rectangle was damaged")
      require(rectangle.isInside(surface.size), "\(rectangle) was damaged of \(surface.size)")
      damageCount += 1
      look(at: rectangle, of: surface)
    case .cursor(let image?):
      let size = image.surface.size
      require(max(size.width, size.height) <= cursorSide, "a cursor has \(size) pixels")
      look(at: Rectangle(size), of: image.surface)
    case .vsync: tickCount += 1
    case .frame, .cursor(nil), .cursorMoved: break
    }
  }

  public func finish() {}

  /// Reads the first and the last pixel.
  private func look(at rectangle: Rectangle, of surface: Surface) {
    let last = Int(rectangle.endY - 1) * surface.stride + Int(rectangle.endX - 1) * PixelFormat.bytesPerPixel
    let first = Int(rectangle.y) * surface.stride + Int(rectangle.x) * PixelFormat.bytesPerPixel
    // Safe: the rectangle lies inside the surface.
    unsafe surface.withPixels { pixels in
      for offset in [first, last] {
        sum &+= UInt64(unsafe pixels.load(fromByteOffset: offset, as: UInt32.self))
      }
    }
  }
}

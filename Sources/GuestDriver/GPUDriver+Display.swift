public import Display
public import VirtioGPU
internal import Wire

extension GPUDriver {
  /// The outputs that the device has, each with the mode it prefers. Refresh rates are in the EDID only.
  public func displayInfo() throws -> [Output] {
    var reader = ByteReader(try send(GetDisplayInfo()).body)
    var outputs: [Output] = []
    for _ in 0..<Device.maximumScanouts {
      let (x, y) = (Int32(bitPattern: try reader.u32()), Int32(bitPattern: try reader.u32()))
      let size = Size(width: try reader.u32(), height: try reader.u32())
      let isEnabled = try reader.u32() != 0
      try reader.skip(4)
      outputs.append(Output(size: size, position: Point(x: x, y: y), isEnabled: isEnabled))
    }
    return outputs
  }

  /// The EDID of an output, as long as the device says it is.
  public func edid(of scanout: ScanoutID) throws -> [UInt8] {
    var reader = ByteReader(try send(GetEDID(scanout: UInt32(clamping: scanout))).body)
    let count = Int(try reader.u32())
    try reader.skip(4)
    return try reader.bytes(min(count, reader.remaining))
  }

  /// Shows the surface of a framebuffer as the cursor of a scanout.
  ///
  /// `position` is where the image's top left corner goes; the hot spot is a pixel of the image.
  public func showCursor(_ image: Framebuffer, on scanout: ScanoutID, at position: Point, hotSpot: Point) throws {
    try image.transfer()
    cursors[scanout] = image.resourceID
    try point(
      UpdateCursor(
        CursorFields(
          scanout: UInt32(clamping: scanout), position: position, resourceID: image.resourceID, hotSpot: hotSpot)))
  }

  /// Moves the top left corner of the cursor of a scanout. As Linux does, it names the resource that was shown last:
  /// a move with resource 0 hides the cursor.
  public func moveCursor(on scanout: ScanoutID, to position: Point) throws {
    try point(
      MoveCursor(
        CursorFields(
          scanout: UInt32(clamping: scanout), position: position, resourceID: cursors[scanout, default: 0])))
  }

  /// Hides the cursor of a scanout.
  public func hideCursor(on scanout: ScanoutID) throws {
    cursors[scanout] = nil
    try point(UpdateCursor(CursorFields(scanout: UInt32(clamping: scanout), position: .zero, resourceID: 0)))
  }

  /// Switches a scanout off.
  public func disable(_ scanout: ScanoutID) throws {
    try send(
      SetScanout(
        rectangle: Rectangle(x: 0, y: 0, width: 0, height: 0), scanout: UInt32(clamping: scanout), resourceID: 0))
  }

  /// Takes pending events (bit 0: the displays changed) and tells the device that they were seen.
  public func takeEvents() throws -> UInt32 {
    var reader = ByteReader(try link.configuration(count: 4))
    let events = try reader.u32()
    var writer = ByteWriter(capacity: 4)
    writer.u32(events)
    try link.writeConfiguration(writer.bytes, at: 4)
    return events
  }
}

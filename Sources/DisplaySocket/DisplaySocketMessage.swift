public import Display
internal import Wire

/// Message over a display socket with its fields. Pixels and names follow the fields and are not part of it; the number of
/// their bytes is ``trailingSize``.
///
/// The fields that decoding gives are within the limits of the protocol: scanouts exist, no size is empty, none is larger than
/// 16384 pixels a side, and the trailing bytes fit the fields. Whether a rectangle lies inside the current frame is for who
/// keeps the frames.
public enum DisplaySocketMessage: Hashable, Sendable {
  /// ``DisplaySocketRequest/getProtocolFeatures``.
  case getProtocolFeatures
  /// ``DisplaySocketRequest/setProtocolFeatures``.
  case setProtocolFeatures(DisplayFeatures)
  /// ``DisplaySocketRequest/getDisplayInfo``.
  case getDisplayInfo
  /// ``DisplaySocketRequest/getEDID``. The number is unchecked, because a guest chooses it, and waits for the reply.
  case getEDID(UInt32)
  /// ``DisplaySocketRequest/cursorPosition``: the top left corner of the cursor's image, in pixels of the scanout.
  case cursorPosition(ScanoutID, Point)
  /// ``DisplaySocketRequest/cursorPositionHide``.
  case cursorHide(ScanoutID, Point)
  /// ``DisplaySocketRequest/cursorUpdate``, followed by 64 × 64 pixels in `PixelFormat.b8g8r8a8`.
  case cursorUpdate(ScanoutID, at: Point, hotSpot: Point)
  /// ``DisplaySocketRequest/scanout``; nil: off.
  case scanout(ScanoutID, Size?)
  /// ``DisplaySocketRequest/update``, followed by the pixels of the rectangle in `PixelFormat.b8g8r8x8`, without gaps.
  case update(ScanoutID, Rectangle)
  /// ``DisplaySocketRequest/dmabufScanout``, or ``DisplaySocketRequest/dmabufScanout2`` with a modifier; nil: off. A
  /// descriptor comes along, unless it is off.
  case sharedScanout(ScanoutID, SharedScanout?)
  /// ``DisplaySocketRequest/dmabufUpdate``, in pixels of the frame.
  case sharedUpdate(ScanoutID, Rectangle)

  /// ``DisplaySocketRequest/surface``, with a descriptor.
  case surface(ScanoutID, FileScanout)
  /// ``DisplaySocketRequest/damage``, in pixels of the frame.
  case damage(ScanoutID, Rectangle)
  /// ``DisplaySocketRequest/cursorImage``, followed by its pixels in `PixelFormat.b8g8r8a8`, without gaps. Nil: hidden.
  case cursorImage(ScanoutID, Size?, hotSpot: Point, isInFrame: Bool)
  /// ``DisplaySocketRequest/frame``, the number of the frame.
  case frame(ScanoutID, UInt64)
  /// ``DisplaySocketRequest/name``, followed by this many bytes of UTF-8.
  case name(count: Int)
  /// ``DisplaySocketRequest/ended``.
  case ended

  /// ``DisplaySocketRequest/resize``.
  case resize(ScanoutID, Size)
  /// ``DisplaySocketRequest/presented``, the number of the frame.
  case presented(ScanoutID, UInt64)
  /// ``DisplaySocketRequest/close``.
  case close(ScanoutID)
  /// ``DisplaySocketRequest/input``. Pixels are those of the scanout.
  case input(ScanoutID, InputEvent)

  /// The request that it is.
  public var request: DisplaySocketRequest {
    switch self {
    case .getProtocolFeatures: .getProtocolFeatures
    case .setProtocolFeatures: .setProtocolFeatures
    case .getDisplayInfo: .getDisplayInfo
    case .getEDID: .getEDID
    case .cursorPosition: .cursorPosition
    case .cursorHide: .cursorPositionHide
    case .cursorUpdate: .cursorUpdate
    case .scanout: .scanout
    case .update: .update
    case .sharedScanout(_, let frame): frame?.modifier == nil ? .dmabufScanout : .dmabufScanout2
    case .sharedUpdate: .dmabufUpdate
    case .surface: .surface
    case .damage: .damage
    case .cursorImage: .cursorImage
    case .frame: .frame
    case .name: .name
    case .ended: .ended
    case .resize: .resize
    case .presented: .presented
    case .close: .close
    case .input: .input
    }
  }

  /// The bytes that follow the fields: pixels, or a name.
  public var trailingSize: Int {
    switch self {
    case .cursorUpdate: DisplaySocketRequest.cursorPixelsSize
    case .update(_, let area): Self.pixelBytes(area.size)
    case .cursorImage(_, let size?, _, _): Self.pixelBytes(size)
    case .name(let count): count
    default: 0
    }
  }

  private static func pixelBytes(_ size: Size) -> Int {
    let (bytes, overflows) = size.area.multipliedReportingOverflow(by: UInt64(PixelFormat.bytesPerPixel))
    return overflows ? .max : Int(clamping: bytes)
  }

  // MARK: - Decoding

  /// Decodes the fields of a request, whose payload has `count` bytes in all.
  init(_ request: DisplaySocketRequest, _ fields: [UInt8], payload count: Int) throws {
    var reader = ByteReader(fields)
    self = try Self.decode(request, &reader, payload: count)
    guard count - request.fieldsSize == trailingSize else {
      throw DisplayProtocolError.pixels(request: request.rawValue, count: count - request.fieldsSize, of: trailingSize)
    }
  }

  private static func decode(
    _ request: DisplaySocketRequest, _ reader: inout ByteReader, payload count: Int
  ) throws -> DisplaySocketMessage {
    switch request {
    case .getProtocolFeatures: .getProtocolFeatures
    case .setProtocolFeatures: .setProtocolFeatures(DisplayFeatures(rawValue: try reader.u64()))
    case .getDisplayInfo: .getDisplayInfo
    case .getEDID: .getEDID(try reader.u32())
    case .cursorPosition: .cursorPosition(try scanout(&reader), try point(&reader))
    case .cursorPositionHide: .cursorHide(try scanout(&reader), try point(&reader))
    case .cursorUpdate: .cursorUpdate(try scanout(&reader), at: try point(&reader), hotSpot: try point(&reader))
    case .scanout: .scanout(try scanout(&reader), try size(&reader))
    case .update: .update(try scanout(&reader), try rectangle(&reader))
    case .dmabufScanout, .dmabufScanout2:
      .sharedScanout(try scanout(&reader), try sharedScanout(&reader, hasModifier: request == .dmabufScanout2))
    case .dmabufUpdate: .sharedUpdate(try scanout(&reader), try rectangle(&reader))
    case .surface: .surface(try scanout(&reader), try fileScanout(&reader))
    case .damage: .damage(try scanout(&reader), try rectangle(&reader))
    case .cursorImage: try cursorImage(&reader)
    case .frame: .frame(try scanout(&reader), try reader.u64())
    case .name: .name(count: count)
    case .ended: .ended
    case .resize: .resize(try scanout(&reader), try presentSize(&reader))
    case .presented: .presented(try scanout(&reader), try reader.u64())
    case .close: .close(try scanout(&reader))
    case .input: .input(try scanout(&reader), try InputEvent(&reader))
    }
  }

  /// The number of scanouts that a device may have.
  static let scanouts = 16

  private static func scanout(_ reader: inout ByteReader) throws -> ScanoutID {
    let number = try reader.u32()
    guard number < scanouts else { throw DisplayProtocolError.noScanout(number) }
    return Int(number)
  }

  private static func point(_ reader: inout ByteReader) throws -> Point {
    Point(x: Int32(bitPattern: try reader.u32()), y: Int32(bitPattern: try reader.u32()))
  }

  private static func rectangle(_ reader: inout ByteReader) throws -> Rectangle {
    Rectangle(
      x: try reader.u32(), y: try reader.u32(), width: try reader.u32(), height: try reader.u32())
  }

  /// The size of a frame; nil when both sides are 0.
  private static func size(_ reader: inout ByteReader) throws -> Size? {
    let size = Size(width: try reader.u32(), height: try reader.u32())
    if size.width == 0, size.height == 0 { return nil }
    try check(size)
    return size
  }

  private static func presentSize(_ reader: inout ByteReader) throws -> Size {
    let size = Size(width: try reader.u32(), height: try reader.u32())
    try check(size)
    return size
  }

  private static func check(_ size: Size) throws {
    guard !size.isEmpty, max(size.width, size.height) <= UInt32(DisplaySocketRequest.largestSide) else {
      throw DisplayProtocolError.size(size)
    }
  }

  private static func sharedScanout(_ reader: inout ByteReader, hasModifier: Bool) throws -> SharedScanout? {
    let area = try rectangle(&reader)
    let bufferSize = Size(width: try reader.u32(), height: try reader.u32())
    let (stride, flags, fourcc) = (try reader.u32(), try reader.u32(), try reader.u32())
    let modifier = hasModifier ? try reader.u64() : nil
    if area.width == 0, area.height == 0 { return nil }
    try check(area.size)
    return SharedScanout(
      area: area, bufferSize: bufferSize, stride: stride, isFlipped: flags & 1 != 0, fourcc: fourcc, modifier: modifier)
  }

  private static func fileScanout(_ reader: inout ByteReader) throws -> FileScanout {
    let size = try presentSize(&reader)
    let (stride, fourcc, offset) = (try reader.u32(), try reader.u32(), try reader.u64())
    guard let format = PixelFormat(fourcc: fourcc) else { throw DisplayProtocolError.unknownFormat(fourcc) }
    return FileScanout(size: size, format: format, stride: stride, offset: offset)
  }

  private static func cursorImage(_ reader: inout ByteReader) throws -> DisplaySocketMessage {
    let scanout = try scanout(&reader)
    let size = try size(&reader)
    if let size, max(size.width, size.height) > UInt32(DisplaySocketRequest.largestCursorSide) {
      throw DisplayProtocolError.size(size)
    }
    let hotSpot = try point(&reader)
    return .cursorImage(scanout, size, hotSpot: hotSpot, isInFrame: try reader.u32() & 1 != 0)
  }

  // MARK: - Encoding

  /// The header and the fields, to be followed by the trailing bytes.
  var encoded: [UInt8] {
    var writer = ByteWriter(capacity: DisplaySocketHeader.size + request.fieldsSize)
    DisplaySocketHeader(request: request, payloadSize: request.fieldsSize + trailingSize).write(to: &writer)
    switch self {
    case .getProtocolFeatures, .getDisplayInfo, .name, .ended: break
    case .setProtocolFeatures(let features): writer.u64(features.rawValue)
    case .getEDID(let scanout): writer.u32(scanout)
    case .cursorPosition(let scanout, let position), .cursorHide(let scanout, let position):
      Self.write(scanout, &writer, position)
    case .cursorUpdate(let scanout, let position, let hotSpot):
      Self.write(scanout, &writer, position)
      Self.write(hotSpot, to: &writer)
    case .scanout(let scanout, let size):
      writer.u32(UInt32(clamping: scanout))
      Self.write(size, to: &writer)
    case .update(let scanout, let area), .sharedUpdate(let scanout, let area), .damage(let scanout, let area):
      writer.u32(UInt32(clamping: scanout))
      Self.write(area, to: &writer)
    case .sharedScanout(let scanout, let frame): Self.write(scanout, &writer, frame)
    case .surface(let scanout, let frame):
      writer.u32(UInt32(clamping: scanout))
      Self.write(frame.size, to: &writer)
      writer.u32(frame.stride)
      writer.u32(frame.format.fourcc)
      writer.u64(frame.offset)
    case .cursorImage(let scanout, let size, let hotSpot, let isInFrame):
      writer.u32(UInt32(clamping: scanout))
      Self.write(size, to: &writer)
      Self.write(hotSpot, to: &writer)
      writer.u32(isInFrame ? 1 : 0)
    case .frame(let scanout, let number), .presented(let scanout, let number):
      writer.u32(UInt32(clamping: scanout))
      writer.u64(number)
    case .resize(let scanout, let size):
      writer.u32(UInt32(clamping: scanout))
      Self.write(size, to: &writer)
    case .close(let scanout): writer.u32(UInt32(clamping: scanout))
    case .input(let scanout, let event):
      writer.u32(UInt32(clamping: scanout))
      event.write(to: &writer)
    }
    return writer.bytes
  }

  private static func write(_ scanout: ScanoutID, _ writer: inout ByteWriter, _ position: Point) {
    writer.u32(UInt32(clamping: scanout))
    write(position, to: &writer)
  }

  private static func write(_ point: Point, to writer: inout ByteWriter) {
    writer.u32(UInt32(bitPattern: point.x))
    writer.u32(UInt32(bitPattern: point.y))
  }

  private static func write(_ size: Size?, to writer: inout ByteWriter) {
    writer.u32(size?.width ?? 0)
    writer.u32(size?.height ?? 0)
  }

  private static func write(_ area: Rectangle, to writer: inout ByteWriter) {
    for value in [area.x, area.y, area.width, area.height] { writer.u32(value) }
  }

  private static func write(_ scanout: ScanoutID, _ writer: inout ByteWriter, _ frame: SharedScanout?) {
    writer.u32(UInt32(clamping: scanout))
    write(frame?.area ?? Rectangle(x: 0, y: 0, width: 0, height: 0), to: &writer)
    write(frame?.bufferSize, to: &writer)
    writer.u32(frame?.stride ?? 0)
    writer.u32(frame?.isFlipped == true ? 1 : 0)
    writer.u32(frame?.fourcc ?? 0)
    if let modifier = frame?.modifier { writer.u64(modifier) }
  }
}

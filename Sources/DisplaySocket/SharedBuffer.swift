internal import Display
internal import LinuxIO

/// The buffer of a DMABUF_SCANOUT, mapped by this process.
struct SharedBuffer {
  /// DRM's number for "no modifier was given".
  private static let noModifier: UInt64 = 0x00ff_ffff_ffff_ffff

  /// The size of the frame in pixels.
  let size: Size
  /// The pixel format of the frame.
  let format: PixelFormat
  /// The bytes of addresses that the mapping takes.
  let count: Int
  /// The file, when it is a dma-buf.
  let dmabuf: Descriptor?
  private let view: Surface
  private let isFlipped: Bool

  /// Maps the buffer. Only pixels that lie row by row can be read; a back end that does not name a modifier has those.
  init(_ scanout: SharedScanout, _ file: Descriptor, request: DisplaySocketRequest, maximumBytes: Int) throws {
    let modifier = scanout.modifier ?? SurfaceFile.linear
    guard modifier == SurfaceFile.linear || modifier == Self.noModifier else {
      throw DisplayProtocolError.modifier(modifier)
    }
    guard let format = PixelFormat(fourcc: scanout.fourcc) else {
      throw DisplayProtocolError.unknownFormat(scanout.fourcc)
    }
    let limit = UInt32(DisplaySocketRequest.largestSide)
    guard !scanout.bufferSize.isEmpty, max(scanout.bufferSize.width, scanout.bufferSize.height) <= limit else {
      throw DisplayProtocolError.size(scanout.bufferSize)
    }
    guard scanout.area.isInside(scanout.bufferSize) else {
      throw DisplayProtocolError.outside(scanout.area, of: scanout.bufferSize)
    }
    size = scanout.size
    self.format = format.opaque
    isFlipped = scanout.isFlipped
    dmabuf = file.isDMABuf ? file : nil
    let buffer = try Surface(
      mapping: file, size: scanout.bufferSize, format: format.opaque, stride: scanout.stride, offset: 0,
      request: request, maximumBytes: maximumBytes)
    view = try Surface(scanout.area, of: buffer)
    count = Int(scanout.stride) * Int(scanout.bufferSize.height)
  }

  /// Copies a part of the frame into the same place of a surface of the same size.
  func copy(_ area: Rectangle, to surface: Surface) throws(SystemError) {
    if let dmabuf {
      try dmabuf.readingDMABuf { copyPixels(area, to: surface) }
    } else {
      copyPixels(area, to: surface)
    }
  }

  private func copyPixels(_ area: Rectangle, to surface: Surface) {
    guard isFlipped else {
      return surface.copy(area, of: view, to: Point(x: Int32(clamping: area.x), y: Int32(clamping: area.y)))
    }
    for y in area.y..<area.y + area.height {
      let row = Rectangle(x: area.x, y: size.height - 1 - y, width: area.width, height: 1)
      surface.copy(row, of: view, to: Point(x: Int32(clamping: area.x), y: Int32(clamping: y)))
    }
  }
}

extension Surface {
  /// A view of a file that a back end sent, mapped for reading only. Its sides are 1 to 16384 pixels.
  convenience init(
    mapping file: Descriptor, size: Size, format: PixelFormat, stride: UInt32, offset: UInt64,
    request: DisplaySocketRequest, maximumBytes: Int
  ) throws {
    let row = UInt64(size.width) * UInt64(PixelFormat.bytesPerPixel)
    // Neither overflows: a stride has 32 bits, and there are at most 16384 rows.
    let count = UInt64(stride) * UInt64(size.height - 1) + row
    guard stride >= row, stride % 4 == 0, offset % 4 == 0 else {
      throw DisplayProtocolError.layout(request: request.rawValue, stride: stride, offset: offset)
    }
    guard count <= maximumBytes else {
      throw DisplayProtocolError.tooManyBytes(Int(clamping: count), allowed: maximumBytes)
    }
    let memory: MappedMemory
    do {
      memory = try MappedMemory(readingOfPeer: file, offset: offset, count: count)
    } catch {
      throw DisplayProtocolError.file(request: request.rawValue, reason: "\(error)")
    }
    do {
      try self.init(size: size, format: format, stride: Int(stride), memory: memory, offset: 0)
    } catch {
      throw DisplayProtocolError.layout(request: request.rawValue, stride: stride, offset: offset)
    }
  }
}

internal import Display
internal import LinuxIO
internal import VirtioGPU
internal import Wire

/// The work of a ``DisplayFrontEnd``'s thread: one message after the other, until the socket is closed.
struct DisplaySession {
  /// Pixels are received in pieces of this size, which stays in a processor's cache.
  private static let pieceSize = 256 << 10

  private let outputs: [Output]
  private let socket: UnixSocket
  private let report: ((inout DisplayTraffic) -> Void) -> Void
  private var piece = [UInt8](repeating: 0, count: DisplaySession.pieceSize)
  /// What each scanout shows; nil while it is off.
  private var shown = [Size?](repeating: nil, count: Device.mostScanouts)

  init(_ socket: UnixSocket, outputs: [Output], report: @escaping ((inout DisplayTraffic) -> Void) -> Void) {
    self.socket = socket
    self.outputs = outputs
    self.report = report
  }

  /// Serves until one of the two closes the socket.
  mutating func run() {
    let end: DisplayEnd
    do {
      while try serve() {}
      end = .closed
    } catch let error as DisplayProtocolError {
      end = .protocolError(error)
    } catch let error as SystemError {
      end = error.isDisconnection ? .closed : .system("\(error)")
    } catch {
      end = .system("\(error)")
    }
    report { $0.end = end }
    socket.shutdown()
  }

  /// Receives a message and does what it asks for; false at the end of the socket.
  private mutating func serve() throws -> Bool {
    var descriptors: [Descriptor] = []
    guard let start = try receive(DisplaySocketHeader.size, &descriptors, mayEnd: true) else { return false }
    var reader = ByteReader(start)
    let header = try DisplaySocketHeader(&reader)
    let request = try check(header)
    // The fields, in a copy of their own; pixels follow them.
    guard let fields = try receive(request.fieldsSize, &descriptors) else { return false }
    guard request.descriptorCounts.contains(descriptors.count) else {
      throw DisplayProtocolError.descriptors(request: header.request, count: descriptors.count)
    }
    reader = ByteReader(fields)
    try perform(request, &reader, pixels: Int(header.payloadSize) - request.fieldsSize)
    return true
  }

  private func check(_ header: DisplaySocketHeader) throws(DisplayProtocolError) -> DisplaySocketRequest {
    guard let request = DisplaySocketRequest(rawValue: header.request) else { throw .unknownRequest(header.request) }
    guard request.payloadSizes.contains(Int(header.payloadSize)) else {
      throw .payload(request: header.request, count: header.payloadSize)
    }
    return request
  }

  private mutating func perform(_ request: DisplaySocketRequest, _ reader: inout ByteReader, pixels count: Int) throws {
    switch request {
    case .getProtocolFeatures: try reply(to: request, DisplaySocketReply.protocolFeatures)
    case .setProtocolFeatures: break
    case .getDisplayInfo: try reply(to: request, DisplaySocketReply.displayInfo(outputs))
    case .getEDID: try reply(to: request, DisplaySocketReply.edid(of: reader.u32(), outputs))
    case .cursorPosition, .cursorPositionHide: _ = try scanout(&reader)
    case .cursorUpdate:
      _ = try scanout(&reader)
      try receivePixels(count)
      report { $0.cursorUpdates += 1 }
    case .scanout: try setScanout(scanout(&reader), &reader)
    case .dmabufScanout:
      let index = try scanout(&reader)
      try reader.skip(8)  // Where the frame lies in its buffer.
      try setScanout(index, &reader)
    case .update:
      let area = try part(&reader)
      guard area.size.area * UInt64(PixelFormat.bytesPerPixel) == UInt64(count) else {
        throw DisplayProtocolError.pixels(area, count: count)
      }
      try receivePixels(count)
      report {
        $0.updates += 1
        $0.pixelBytes += UInt64(count)
      }
    case .dmabufUpdate:
      _ = try part(&reader)
      report { $0.sharedUpdates += 1 }
      try reply(to: request, [])
    }
  }

  private func scanout(_ reader: inout ByteReader) throws -> Int {
    let number = try reader.u32()
    guard let index = Int(exactly: number), shown.indices.contains(index) else {
      throw DisplayProtocolError.noScanout(number)
    }
    return index
  }

  private mutating func setScanout(_ index: Int, _ reader: inout ByteReader) throws {
    let size = Size(width: try reader.u32(), height: try reader.u32())
    let isOff = size.width == 0 && size.height == 0
    guard isOff || (!size.isEmpty && max(size.width, size.height) <= UInt32(DisplaySocketRequest.largestSide)) else {
      throw DisplayProtocolError.size(size)
    }
    shown[index] = isOff ? nil : size
  }

  /// The part of a frame that changed.
  private func part(_ reader: inout ByteReader) throws -> Rectangle {
    let size = shown[try scanout(&reader)]
    let (x, y) = (try reader.u32(), try reader.u32())
    let area = Rectangle(x: x, y: y, width: try reader.u32(), height: try reader.u32())
    guard let size, area.isInside(size) else { throw DisplayProtocolError.outside(area, of: size) }
    return area
  }

  private func reply(to request: DisplaySocketRequest, _ payload: [UInt8]) throws {
    var writer = ByteWriter(capacity: DisplaySocketHeader.size + payload.count)
    DisplaySocketHeader(request: request, flags: DisplaySocketHeader.replyFlag, payloadSize: payload.count).write(
      to: &writer)
    writer.bytes(payload)
    try socket.send(writer.bytes)
  }

  /// Exactly `count` bytes, and whatever descriptors come with them; nil when the socket ends before the first and may.
  private func receive(_ count: Int, _ descriptors: inout [Descriptor], mayEnd: Bool = false) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let received = try socket.receive(count - bytes.count)
      if received.isEnd {
        guard mayEnd, bytes.isEmpty else { throw DisplayProtocolError.endedInside }
        return nil
      }
      bytes += received.bytes
      descriptors += received.descriptors
    }
    return bytes
  }

  /// Takes `count` bytes out of the socket.
  private mutating func receivePixels(_ count: Int) throws {
    var left = count
    while left > 0 {
      let got = try socket.receive(left, into: &piece)
      guard got > 0 else { throw DisplayProtocolError.endedInside }
      left -= got
    }
  }
}

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
  private let keepsFrames: Bool
  private let report: ((inout DisplayTraffic) -> Void) -> Void
  private var piece = [UInt8](repeating: 0, count: DisplaySession.pieceSize)
  /// What each scanout shows; nil while it is off.
  private var shown = [Size?](repeating: nil, count: Device.maximumScanouts)

  init(
    _ socket: UnixSocket, outputs: [Output], keepsFrames: Bool,
    report: @escaping ((inout DisplayTraffic) -> Void) -> Void
  ) {
    self.socket = socket
    self.keepsFrames = keepsFrames
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
    try perform(DisplaySocketMessage(request, fields, payload: Int(header.payloadSize)))
    return true
  }

  private func check(_ header: DisplaySocketHeader) throws(DisplayProtocolError) -> DisplaySocketRequest {
    guard let request = DisplaySocketRequest(rawValue: header.request), request.feature.isSubset(of: .edid),
      !request.isOfFrontEnd
    else { throw .unknownRequest(header.request) }
    guard request.payloadSizes.contains(Int(header.payloadSize)) else {
      throw .payload(request: header.request, count: header.payloadSize)
    }
    return request
  }

  private mutating func perform(_ message: DisplaySocketMessage) throws {
    switch message {
    case .getProtocolFeatures: try reply(to: .getProtocolFeatures, DisplaySocketReply.protocolFeatures(.edid))
    case .getDisplayInfo: try reply(to: .getDisplayInfo, DisplaySocketReply.displayInfo(outputs))
    case .getEDID(let scanout): try reply(to: .getEDID, DisplaySocketReply.edid(of: scanout, outputs))
    case .cursorUpdate:
      try receivePixels(message.trailingSize)
      report { $0.cursorUpdates += 1 }
    case .scanout(let scanout, let size): shown[scanout] = size
    case .sharedScanout(let scanout, let frame): shown[scanout] = frame?.size
    case .update(let scanout, let area):
      try check(area, on: scanout)
      let count = message.trailingSize
      try receivePixels(count)
      report {
        $0.updates += 1
        $0.pixelBytes += UInt64(count)
      }
    case .sharedUpdate(let scanout, let area):
      try check(area, on: scanout)
      report { $0.sharedUpdates += 1 }
      try reply(to: .dmabufUpdate, [])
    // Without the feature, those of Scanout's own do not arrive.
    default: break
    }
  }

  /// The part of a frame that changed lies inside it.
  private func check(_ area: Rectangle, on scanout: ScanoutID) throws {
    let size = shown[scanout]
    guard let size, area.isInside(size) else { throw DisplayProtocolError.outside(area, of: size) }
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
    if keepsFrames, piece.count < count { piece += [UInt8](repeating: 0, count: count - piece.count) }
    while keepsFrames, left > 0 {
      guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: -1) else { continue }
      // Safe: the array has `count` bytes, and is not touched meanwhile.
      let got = try unsafe piece.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return 0 as Int? }
        let rows = unsafe MemoryRows(base: base, stride: count, rowBytes: count, rows: 1)
        return try unsafe socket.receiveSome(into: rows, after: count - left)
      }
      guard let got else { continue }
      guard got > 0 else { throw DisplayProtocolError.endedInside }
      left -= got
    }
    while left > 0 {
      let got = try socket.receive(left, into: &piece)
      guard got > 0 else { throw DisplayProtocolError.endedInside }
      left -= got
    }
  }
}

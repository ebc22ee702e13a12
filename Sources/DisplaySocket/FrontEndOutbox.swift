internal import Display
internal import LinuxIO
internal import Wire

/// What a front end has to send: replies and requests, of which only so many wait for a back end that does not read.
struct FrontEndOutbox {
  /// So many bytes wait at most, and one reply.
  static let maximumBytes = 64 << 10

  /// What a request is about. Of those that wait beyond the limit, only the latest of each kind is kept.
  private struct Kind: Hashable {
    let request: DisplaySocketRequest
    let scanout: ScanoutID
  }

  private var bytes: [UInt8] = []
  private var sent = 0
  private var late: [Kind: DisplaySocketMessage] = [:]

  /// True when nothing waits.
  var isEmpty: Bool { bytes.isEmpty }
  /// True when the back end has to read before it gets further replies.
  var isFull: Bool { bytes.count - sent >= Self.maximumBytes }

  /// Adds a reply.
  mutating func reply(to request: DisplaySocketRequest, _ payload: [UInt8]) {
    var writer = ByteWriter(capacity: DisplaySocketHeader.size + payload.count)
    DisplaySocketHeader(request: request, flags: DisplaySocketHeader.replyFlag, payloadSize: payload.count).write(
      to: &writer)
    writer.bytes(payload)
    bytes += writer.bytes
  }

  /// Adds a request about a scanout.
  mutating func request(_ message: DisplaySocketMessage, of scanout: ScanoutID) {
    if isFull { late[Kind(request: message.request, scanout: scanout)] = message } else { bytes += message.encoded }
  }

  /// Adds an event of input. When too much waits it is left out, and everything is released instead: no key stays pressed.
  mutating func input(_ event: InputEvent, of scanout: ScanoutID) {
    request(.input(scanout, isFull ? .releaseAll : event), of: scanout)
  }

  /// Sends what there is room for, without waiting.
  mutating func send(to socket: UnixSocket) throws(SystemError) {
    while true {
      while sent < bytes.count {
        guard let count = try socket.sendSome(Array(bytes[sent...])) else { return }
        sent += count
      }
      (bytes, sent) = ([], 0)
      guard !late.isEmpty else { return }
      for message in late.values { bytes += message.encoded }
      late = [:]
    }
  }
}

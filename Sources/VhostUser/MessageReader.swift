package import LinuxIO
internal import Wire

/// Cuts a stream of bytes and descriptors into messages, however the peer cut it into writes.
///
/// It asks the socket for the twelve bytes of a header, then for exactly the bytes of its payload, so one read never
/// reaches into the next message. The kernel hands descriptors over with the bytes they were sent beside and never
/// joins two such writes in one read: whatever descriptors a read brings belong to the message being read. The price
/// is a second system call, on a channel that is quiet while a guest runs.
package struct MessageReader {
  /// What a message must be.
  package enum Direction: Sendable {
    case frontEndRequests
    case backEndRequests
    case replies
    /// Messages of one peer for another, which judges them: only their length is checked.
    case relayed
  }

  /// What there is.
  package enum Progress {
    case message(Message)
    /// Some of a message, or nothing, has come.
    case waiting
    /// The peer left, between two messages.
    case ended
  }

  private let direction: Direction
  private var header: MessageHeader?
  private var bytes: [UInt8] = []
  private var descriptors: [Descriptor] = []

  package init(_ direction: Direction) {
    self.direction = direction
  }

  /// Reads as far as the next whole message, or as far as the socket has bytes.
  package mutating func next(from socket: UnixSocket) throws(SessionEnd) -> Progress {
    while true {
      if let message = try assemble() { return .message(message) }
      let received: UnixSocket.Received
      do {
        received = try socket.receive(missing, maximumDescriptors: FrontEndRequest.maximumDescriptors)
      } catch {
        throw SessionEnd(error)
      }
      if received.wouldBlock { return .waiting }
      if received.isEnd {
        guard bytes.isEmpty, header == nil else { throw .protocolError(.endedInside(count: readCount)) }
        return .ended
      }
      bytes += received.bytes
      descriptors += received.descriptors
      guard !received.descriptorsWereDropped, descriptors.count <= FrontEndRequest.maximumDescriptors else {
        throw .protocolError(.lostDescriptors)
      }
    }
  }

  /// True when a message has begun and is not whole.
  package var isInside: Bool { !bytes.isEmpty || header != nil }

  private var readCount: Int { bytes.count + (header == nil ? 0 : MessageHeader.size) }

  /// Bytes to the end of the header, or of the payload.
  private var missing: Int {
    (header.map { Int($0.payloadSize) } ?? MessageHeader.size) - bytes.count
  }

  /// The message, when the last byte of it is there.
  private mutating func assemble() throws(SessionEnd) -> Message? {
    guard missing == 0 else { return nil }
    if header == nil {
      header = try readHeader()
      bytes = []
      // More may follow: a message without payload is complete now.
      guard missing == 0 else { return nil }
    }
    guard let complete = header else { return nil }
    defer {
      header = nil
      bytes = []
      descriptors = []
    }
    return Message(header: complete, payload: bytes, descriptors: descriptors)
  }

  private func readHeader() throws(SessionEnd) -> MessageHeader {
    var reader = ByteReader(bytes)
    let header: MessageHeader
    do {
      header = try MessageHeader(&reader)
      try check(header)
    } catch let error as ProtocolError {
      throw .protocolError(error)
    } catch {
      throw .protocolError(.endedInside(count: bytes.count))
    }
    return header
  }

  private func check(_ header: MessageHeader) throws(ProtocolError) {
    if direction != .relayed {
      guard header.flags.hasKnownVersion else { throw .version(flags: header.flags.rawValue) }
      guard header.flags.contains(.reply) == (direction == .replies) else {
        throw .direction(flags: header.flags.rawValue)
      }
    }
    guard header.payloadSize <= UInt32(MessageHeader.largestPayload) else {
      throw .tooLong(request: header.request, count: header.payloadSize)
    }
    // Judged before the payload is awaited: a wrong length would have us wait for bytes that never come.
    let size = Int(header.payloadSize)
    switch direction {
    case .frontEndRequests:
      guard let request = FrontEndRequest(rawValue: header.request) else { return }
      guard request.payloadSizes.contains(size) else {
        throw .payload(header.request, found: size, allowed: request.payloadSizes)
      }
    case .backEndRequests:
      guard let request = BackEndRequest(rawValue: header.request) else { return }
      guard request.payloadSize == size else {
        throw .backEndRequest(header.request, count: size, descriptorCount: descriptors.count)
      }
    case .replies, .relayed: break
    }
  }
}

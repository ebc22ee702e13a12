public import LinuxIO
internal import Wire

/// Reader of a display socket, without waiting: message by message, as their bytes come.
///
/// After a message with trailing bytes the caller takes those (``trailingBytes(_:from:)``, ``trailing(from:into:)``) before the
/// next message. No claim of a peer makes it grow: it keeps at most 60 bytes of a message. Used by one thread at a time.
public struct DisplaySocketReader {
  /// What a call found.
  public enum Progress<Value> {
    /// All of it is there.
    case complete(Value)
    /// The rest has not come yet: wait until the socket is readable.
    case waiting
    /// The peer closed the socket between two messages.
    case ended
  }

  /// A message and the descriptors that came with it.
  public struct Arrival {
    /// The message, or the number of the request that the payload replies to.
    public var content: Content
    /// Descriptors that came along, as many as the request takes.
    public var descriptors: [Descriptor]
  }

  /// What arrived.
  public enum Content: Equatable {
    /// A request.
    case message(DisplaySocketMessage)
    /// The payload of a reply, of the length that its request has.
    case reply(DisplaySocketRequest, [UInt8])
  }

  /// Which messages may arrive.
  public enum Direction: Sendable {
    /// Those of a back end: the reader belongs to a front end.
    case fromBackEnd
    /// Those of a front end, and its replies.
    case fromFrontEnd
  }

  /// The features that were agreed on. Messages of others are refused.
  public var features: DisplayFeatures = []

  private let direction: Direction
  private var bytes: [UInt8] = []
  private var descriptors: [Descriptor] = []
  private var header: DisplaySocketHeader?
  /// How many trailing bytes of the last message have been taken.
  private var taken = 0

  /// A reader of the messages of one side.
  public init(_ direction: Direction) {
    self.direction = direction
  }

  /// The next message.
  public mutating func next(from socket: UnixSocket) throws -> Progress<Arrival> {
    taken = 0
    if header == nil {
      switch try fill(DisplaySocketHeader.size, from: socket) {
      case .complete: break
      case .waiting: return .waiting
      case .ended: return .ended
      }
      var reader = ByteReader(bytes)
      header = try DisplaySocketHeader(&reader)
      bytes = []
    }
    guard let header else { return .waiting }
    let request = try check(header)
    let isReply = direction == .fromFrontEnd && request.replySize != nil
    let count = isReply ? Int(header.payloadSize) : request.fieldsSize
    switch try fill(count, from: socket) {
    case .complete: break
    case .waiting: return .waiting
    case .ended: throw DisplayProtocolError.endedInside
    }
    defer { reset() }
    guard request.descriptorCounts.contains(descriptors.count) else {
      throw DisplayProtocolError.descriptors(request: header.request, count: descriptors.count)
    }
    if isReply { return .complete(Arrival(content: .reply(request, bytes), descriptors: [])) }
    let message = try DisplaySocketMessage(request, bytes, payload: Int(header.payloadSize))
    if case .sharedScanout(_, .some) = message, descriptors.isEmpty {
      throw DisplayProtocolError.descriptors(request: header.request, count: 0)
    }
    return .complete(Arrival(content: .message(message), descriptors: descriptors))
  }

  /// The trailing bytes of the message that came last, as few as a name or a cursor has: at most 1 MiB.
  public mutating func trailingBytes(_ count: Int, from socket: UnixSocket) throws -> Progress<[UInt8]> {
    switch try fill(min(max(0, count), 1 << 20), from: socket) {
    case .complete:
      defer { reset() }
      return .complete(bytes)
    case .waiting: return .waiting
    case .ended: throw DisplayProtocolError.endedInside
    }
  }

  /// Takes the trailing bytes of the message that came last into rows of the caller's memory. It is called again with the same
  /// rows after ``Progress/waiting``.
  @unsafe
  public mutating func trailing(from socket: UnixSocket, into rows: MemoryRows) throws -> Progress<Void> {
    let count = unsafe rows.rowBytes * rows.rows
    while taken < count {
      guard let received = try unsafe socket.receiveSome(into: rows, after: taken) else { return .waiting }
      guard received > 0 else { throw DisplayProtocolError.endedInside }
      taken += received
    }
    return .complete(())
  }

  private func check(_ header: DisplaySocketHeader) throws -> DisplaySocketRequest {
    guard let request = DisplaySocketRequest(rawValue: header.request), request.feature.isSubset(of: features),
      direction == .fromBackEnd ? !request.isOfFrontEnd : request.isOfFrontEnd || request.replySize != nil
    else { throw DisplayProtocolError.unknownRequest(header.request) }
    if direction == .fromFrontEnd, let size = request.replySize {
      guard header.flags & DisplaySocketHeader.replyFlag != 0, Int(header.payloadSize) == size else {
        throw DisplayProtocolError.payload(request: header.request, count: header.payloadSize)
      }
    } else {
      guard request.payloadSizes.contains(Int(header.payloadSize)) else {
        throw DisplayProtocolError.payload(request: header.request, count: header.payloadSize)
      }
    }
    return request
  }

  private mutating func reset() {
    bytes = []
    descriptors = []
    header = nil
  }

  /// Receives until there are `count` bytes.
  private mutating func fill(_ count: Int, from socket: UnixSocket) throws -> Progress<Void> {
    while bytes.count < count {
      let received = try socket.receive(count - bytes.count)
      if received.wouldBlock { return .waiting }
      descriptors += received.descriptors
      if received.isEnd {
        guard bytes.isEmpty, header == nil else { throw DisplayProtocolError.endedInside }
        return .ended
      }
      bytes += received.bytes
      guard descriptors.count <= 1 else {
        throw DisplayProtocolError.descriptors(request: header?.request ?? 0, count: descriptors.count)
      }
    }
    return .complete(())
  }
}

public import LinuxIO
internal import Virtio
internal import Wire

/// The virtual machine's end of a connection: the part of a VMM that uses a vhost-user device.
///
/// For tests, benchmarks and programs that drive a device in another process. Every call waits for the back end's reply,
/// where there is one, no longer than the time-out; used by one thread at a time. After an error other than
/// ``FrontEndError/refused(request:)`` the connection is of no more use.
public final class FrontEnd {
  let socket: UnixSocket
  let timeout: Duration
  private var reader = MessageReader(.replies)

  /// What the back end offered in ``negotiate(features:protocolFeatures:)``.
  public private(set) var offeredFeatures: UInt64 = 0
  /// What was acknowledged.
  public private(set) var features: UInt64 = 0
  /// What both ends use of the protocol.
  public private(set) var protocolFeatures: ProtocolFeatures = []
  /// The memory that the back end has been given.
  public internal(set) var memory: [SharedRegion] = []
  /// What the device shows in its shared memory regions, by their number; none before ``openSharedMemory()``. A mapping
  /// appears here, and goes, while ``wait(for:within:)`` or ``waitForConfigurationChange(within:)`` waits.
  public internal(set) var sharedMemory: [UInt8: MemoryWindow] = [:]
  var channel: UnixSocket?
  var channelReader = MessageReader(.backEndRequests)
  var hasConfigurationChange = false
  /// The moment after which no call waits any more, whatever its time-out is; nil: none.
  package var deadline: ContinuousClock.Instant?
  /// Called with each message that was sent or has come, on the thread that uses the front end.
  package var observe: ((ObservedMessage) -> Void)?

  /// Talks to a back end over a connected socket, and waits at most `timeout` for each reply.
  public init(_ socket: UnixSocket, timeout: Duration = .seconds(5)) throws(FrontEndError) {
    self.socket = socket
    self.timeout = timeout
    do { try socket.descriptor.setNonBlocking() } catch { throw .system(error) }
  }

  deinit {
    socket.shutdown()
  }

  /// Connects to a back end that listens at a path.
  public static func connect(to path: String, timeout: Duration = .seconds(5)) throws(FrontEndError) -> FrontEnd {
    let socket: UnixSocket
    do { socket = try UnixSocket.connect(to: path) } catch { throw .system(error) }
    return try FrontEnd(socket, timeout: timeout)
  }

  /// Agrees on features: of those wanted, the ones that the back end offers. Returns what was acknowledged of the
  /// device's features.
  @discardableResult
  public func negotiate(
    features wanted: UInt64, protocolFeatures wantedProtocol: ProtocolFeatures = .supported
  ) throws(FrontEndError) -> UInt64 {
    try tell(.setOwner)
    offeredFeatures = try askNumber(.getFeatures)
    var chosen = wanted & offeredFeatures
    if offeredFeatures & FeatureBits.protocolFeatures != 0, !wantedProtocol.isEmpty {
      chosen |= FeatureBits.protocolFeatures
      let offered = ProtocolFeatures(rawValue: try askNumber(.getProtocolFeatures))
      let common = offered.intersection(wantedProtocol)
      try tell(.setProtocolFeatures(common))
      protocolFeatures = common
    }
    try acknowledge(features: chosen)
    return chosen
  }

  /// Acknowledges features, offered or not.
  public func acknowledge(features bits: UInt64) throws(FrontEndError) {
    try tell(.setFeatures(bits))
    features = bits
  }

  /// Sends a message without a reply of its own, and waits for the acknowledgement, if the back end gives any.
  package func tell(_ message: FrontEndMessage) throws(FrontEndError) {
    let wantsReply = protocolFeatures.contains(.replyAck)
    try send(message, flags: wantsReply ? [.version, .needsReply] : .version)
    guard wantsReply else { return }
    guard try number(reply(to: message)) == 0 else { throw .refused(request: message.request.rawValue) }
  }

  /// Sends a message and returns the payload of its reply.
  package func ask(_ message: FrontEndMessage) throws(FrontEndError) -> [UInt8] {
    try send(message, flags: .version)
    return try reply(to: message).payload
  }

  package func askNumber(_ message: FrontEndMessage) throws(FrontEndError) -> UInt64 {
    try send(message, flags: .version)
    return try number(reply(to: message))
  }

  private func send(_ message: FrontEndMessage, flags: MessageHeader.Flags) throws(FrontEndError) {
    observe?(ObservedMessage(message, flags: flags))
    try send(
      message.encoded(flags: flags), descriptors: message.descriptors, over: socket, request: message.request.rawValue)
  }

  /// Sends bytes as they are, which may be no message at all.
  package func send(raw bytes: [UInt8], descriptors: [Descriptor] = []) throws(FrontEndError) {
    try send(bytes, descriptors: descriptors, over: socket, request: 0)
  }

  /// The next message of the back end that is a reply, whatever it replies to.
  package func nextReply() throws(FrontEndError) -> Message {
    try nextReply(to: .getFeatures)
  }

  /// Sends a whole message.
  func send(
    _ message: [UInt8], descriptors: [Descriptor] = [], over socket: UnixSocket, request: UInt32
  ) throws(FrontEndError) {
    let deadline = limited(.now + timeout)
    var rest = message
    var attached = descriptors
    do {
      while !rest.isEmpty {
        if let sent = try socket.sendSome(rest, descriptors: attached) {
          rest.removeFirst(sent)
          attached = []
        } else if try !socket.descriptor.wait(for: .writable, timeoutMilliseconds: deadline.milliseconds) {
          throw FrontEndError.timedOut(request: request)
        }
      }
    } catch {
      throw FrontEndError(error)
    }
  }

  private func reply(to message: FrontEndMessage) throws(FrontEndError) -> Message {
    let reply = try nextReply(to: message)
    guard reply.header.request == message.request.rawValue else {
      throw .wrongReply(request: message.request.rawValue, count: reply.payload.count)
    }
    return reply
  }

  private func nextReply(to message: FrontEndMessage) throws(FrontEndError) -> Message {
    let deadline = limited(.now + timeout)
    do {
      while true {
        switch try reader.next(from: socket) {
        case .message(let reply):
          observe?(ObservedMessage(reply, isSent: false))
          return reply
        case .ended: throw FrontEndError.closed
        case .waiting:
          guard try socket.descriptor.wait(for: .readable, timeoutMilliseconds: deadline.milliseconds) else {
            throw FrontEndError.timedOut(request: message.request.rawValue)
          }
        }
      }
    } catch {
      throw FrontEndError(error)
    }
  }

  /// A moment, or the deadline if that is earlier.
  func limited(_ moment: ContinuousClock.Instant) -> ContinuousClock.Instant {
    min(moment, deadline ?? moment)
  }

  private func number(_ reply: Message) throws(FrontEndError) -> UInt64 {
    do {
      var reader = ByteReader(reply.payload)
      let value = try reader.u64()
      if reader.remaining == 0 { return value }
    } catch {}
    throw .wrongReply(request: reply.header.request, count: reply.payload.count)
  }
}

extension ContinuousClock.Instant {
  /// How long it is from now to then.
  var milliseconds: Int32 {
    let left = ContinuousClock.now.duration(to: self)
    // Rounded up, so that the last wait does not end before the moment; a day is for ever.
    return Int32(min(max(left / .milliseconds(1), 0), 86_400_000).rounded(.up))
  }
}

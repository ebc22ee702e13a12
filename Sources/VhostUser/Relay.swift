public import LinuxIO
internal import Wire

/// Relay between a front end and a back end, which takes the back end's display socket for itself.
///
/// Every message and every descriptor passes on as it came, in both directions, also those that nobody here knows: it is the
/// other side that judges them. Only a payload longer than any message has, and more descriptors than any message carries, end
/// the relay: they are no messages. Neither side is ever waited for. Descriptors of memory, of the rings' counters and of the
/// back end's own channel pass on as well, so that nothing but these few messages goes through this process.
///
/// The display socket that the front end gives (`VHOST_USER_GPU_SET_SOCKET`) is taken, and the back end gets another one. A
/// front end that gives none, such as user-mode Linux, leaves its back end without a display: before it starts the first queue,
/// and the first one after each reset of the device, the back end gets one in a message of the relay's own. That message asks
/// for no reply, so there is none to keep from the front end.
///
/// Nor does such a front end fill in the number of scanouts, which QEMU's back end leaves to QEMU: it says 0. Where a reply to
/// `VHOST_USER_GET_CONFIG` has 0 scanouts, it passes on with the relay's number.
///
/// Everything is called on the thread of the event loop.
public final class Relay {
  /// Called for each display socket that the back end is to have: with the one that the front end gave, or with nil when it
  /// gave none. Returns the socket that the back end gets; nil: that of the front end, if it gave one.
  public typealias DisplaySocket = (_ ofFrontEnd: Descriptor?) throws(SystemError) -> Descriptor?

  private let frontEnd: UnixSocket
  private let backEnd: UnixSocket
  private let scanouts: UInt32
  private let displaySocket: DisplaySocket
  private let ended: (RelayEnd) -> Void
  private var lanes: [RelayLane] = []
  /// True when the front end gives display sockets itself.
  private var hasFrontEndDisplay = false
  /// True from the moment that the back end was given a display socket until the device is reset.
  private var hasDisplay = false

  /// A relay between two connected sockets, which passes nothing on before ``start()``. `scanouts`: number that a
  /// configuration without scanouts gets. `ended` is called once, unless ``stop()`` is called before.
  public init(
    frontEnd: UnixSocket, backEnd: UnixSocket, scanouts: Int, loop: EventLoop, displaySocket: @escaping DisplaySocket,
    ended: @escaping (RelayEnd) -> Void
  ) throws(SystemError) {
    self.scanouts = UInt32(clamping: scanouts)
    // Whoever made a socket may clear its `O_NONBLOCK`.
    self.frontEnd = UnixSocket(neverWaitingOn: frontEnd.descriptor)
    self.backEnd = UnixSocket(neverWaitingOn: backEnd.descriptor)
    self.displaySocket = displaySocket
    self.ended = ended
    lanes = [
      try RelayLane(
        of: .frontEnd, from: self.frontEnd, to: self.backEnd, loop: loop,
        translate: { [weak self] (message) throws(RelayEnd) in try self?.translate(message) ?? [] },
        ended: { [weak self] in self?.end($0) }),
      try RelayLane(
        of: .backEnd, from: self.backEnd, to: self.frontEnd, loop: loop,
        translate: { [scanouts = self.scanouts] in [$0.withScanouts(scanouts)] },
        ended: { [weak self] in self?.end($0) }),
    ]
  }

  deinit {
    close()
  }

  /// Starts to pass messages on.
  public func start() throws(SystemError) {
    for lane in lanes { try lane.open() }
  }

  /// Closes both connections.
  public func stop() {
    close()
  }

  private func end(_ end: RelayEnd) {
    close()
    ended(end)
  }

  private func close() {
    for lane in lanes { lane.close() }
    frontEnd.shutdown()
    backEnd.shutdown()
  }

  /// The messages that the back end gets for one of the front end.
  private func translate(_ message: Message) throws(RelayEnd) -> [Message] {
    guard let request = FrontEndRequest(rawValue: message.header.request) else { return [message] }
    switch request {
    case .gpuSetSocket: return try takeDisplay(message)
    case .setVringKick: return try addDisplay(before: message)
    case .resetDevice, .resetOwner: hasDisplay = false
    case .setStatus where message.payload.allSatisfy { $0 == 0 }: hasDisplay = false
    default: break
    }
    return [message]
  }

  private func takeDisplay(_ message: Message) throws(RelayEnd) -> [Message] {
    guard let socket = message.descriptors.first, message.descriptors.count == 1 else {
      throw .protocolError(
        .frontEnd,
        .descriptors(message.header.request, found: message.descriptors.count, allowed: 1...1))
    }
    hasFrontEndDisplay = true
    guard let given = try makeDisplay(for: socket) else { return [message] }
    var message = message
    message.descriptors = [given]
    return [message]
  }

  private func addDisplay(before message: Message) throws(RelayEnd) -> [Message] {
    guard !hasFrontEndDisplay, !hasDisplay, let given = try makeDisplay(for: nil) else { return [message] }
    let header = MessageHeader(request: FrontEndRequest.gpuSetSocket.rawValue, flags: .version, payloadSize: 0)
    return [Message(header: header, payload: [], descriptors: [given]), message]
  }

  private func makeDisplay(for socket: Descriptor?) throws(RelayEnd) -> Descriptor? {
    do throws(SystemError) {
      hasDisplay = true
      return try displaySocket(socket)
    } catch {
      throw .noDisplaySocket(error)
    }
  }
}

extension Message {
  /// Offset of the number of scanouts in the configuration space of a GPU (specification: `struct virtio_gpu_config`).
  private static let scanoutsOffset: UInt32 = 8

  /// This message; a reply to `VHOST_USER_GET_CONFIG` that has 0 scanouts gets this number of them.
  fileprivate func withScanouts(_ number: UInt32) -> Message {
    guard header.request == FrontEndRequest.getConfig.rawValue, header.flags.contains(.reply) else { return self }
    var reader = ByteReader(payload)
    guard var window = try? ConfigWindow(&reader), window.offset <= Self.scanoutsOffset else { return self }
    let start = Int(Self.scanoutsOffset - window.offset)
    let place = start..<start + 4
    guard place.upperBound <= window.bytes.count, window.bytes[place].allSatisfy({ $0 == 0 }) else { return self }
    var value = ByteWriter(capacity: 4)
    value.u32(number)
    window.bytes.replaceSubrange(place, with: value.bytes)
    var writer = ByteWriter(capacity: payload.count)
    window.encode(to: &writer)
    return Message(header: header, payload: writer.bytes, descriptors: descriptors)
  }
}

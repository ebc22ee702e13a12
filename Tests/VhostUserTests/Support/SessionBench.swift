import LinuxIO
import Testing
import Virtio
import Virtqueue
import Wire

@testable import VhostUser

/// A server and a scripted peer on one thread. The server runs only in ``pump()``.
final class SessionBench {
  let loop: EventLoop
  let device = EchoDevice()
  /// What the server reported.
  let events = Journal()
  let server: Server
  private(set) var peer: UnixSocket
  /// The display socket that came last.
  private(set) var display: Descriptor?
  private var reader = MessageReader(.replies)

  init() throws {
    loop = try EventLoop()
    server = Server(device: device, loop: loop) { [events] in events.write("\($0)") }
    peer = try UnixSocket.makePair().0
    server.onDriverEvent = { [unowned self] event in
      guard case .displaySocket(let socket) = event else { return }
      display = socket
      device.journal.write("display")
    }
    try connect()
  }

  /// Connects a new peer; the previous one hangs up.
  func connect() throws {
    try hangUp()
    let (ours, theirs) = try UnixSocket.makePair()
    try ours.descriptor.setNonBlocking()
    peer = ours
    reader = MessageReader(.replies)
    _ = events.take()
    try server.serve(theirs)
    #expect(events.take() == ["a front end connected"])
  }

  /// The peer ends the conversation.
  func hangUp() throws {
    peer.shutdown()
    try pump()
  }

  /// True when the server has ended the conversation.
  func isHungUp() -> Bool {
    while true {
      let received: UnixSocket.Received
      do {
        received = try peer.receive(4096)
      } catch {
        // A reset says that what we sent last was never read.
        return error.isDisconnection
      }
      if received.isEnd { return true }
      if received.wouldBlock { return false }
    }
  }

  /// Serves until nothing is left to serve.
  func pump() throws {
    for _ in 0..<64 { try loop.runOnce(timeoutMilliseconds: 0) }
  }

  func send(_ bytes: [UInt8], descriptors: [Descriptor] = []) throws {
    try peer.send(bytes, descriptors: descriptors)
    try pump()
  }

  func send(_ message: FrontEndMessage, flags: MessageHeader.Flags = .version) throws {
    try send(message.encoded(flags: flags), descriptors: message.descriptors)
  }

  /// The next reply; nil when there is none.
  func nextReply() throws -> Message? {
    guard case .message(let message) = try reader.next(from: peer) else { return nil }
    return message
  }

  /// Sends a request and returns the number in the reply.
  func ask(_ message: FrontEndMessage) throws -> UInt64? {
    try send(message)
    return try nextReply().map { try $0.number }
  }

  /// Sends a message and returns the acknowledgement that it asks for.
  @discardableResult
  func tell(_ message: FrontEndMessage) throws -> UInt64? {
    try send(message, flags: [.version, .needsReply])
    return try nextReply().map { try $0.number }
  }

  /// Agrees on features and acknowledgements, and shares memory.
  func negotiate(_ ram: TestRAM, features: UInt64 = FeatureBits.version1 | FeatureBits.protocolFeatures) throws {
    try send(.setProtocolFeatures(.supported))
    try tell(.setFeatures(features))
    try tell(.setMemTable([ram.shared]))
  }

  /// Sets a queue up, up to and with its kick.
  func setUp(_ ram: TestRAM, queue: Int = 0, size: UInt16 = 16, base: UInt32 = 0) throws -> Counters {
    let index = UInt32(queue)
    let counters = Counters(kick: try EventCounter(), call: try EventCounter(), error: try EventCounter())
    try tell(.setVringNum(VringState(index: index, value: UInt32(size))))
    try tell(.setVringBase(VringState(index: index, value: base)))
    try tell(.setVringAddr(ram.address(queue: queue, size: size)))
    try tell(.setVringCall(VringEvent(index: index, descriptor: counters.call.descriptor)))
    try tell(.setVringErr(VringEvent(index: index, descriptor: counters.error.descriptor)))
    try tell(.setVringKick(VringEvent(index: index, descriptor: counters.kick.descriptor)))
    return counters
  }

  @discardableResult
  func enable(_ queue: UInt32 = 0, _ value: UInt32 = 1) throws -> UInt64? {
    try tell(.setVringEnable(VringState(index: queue, value: value)))
  }

  /// A session in which queue 0 runs.
  static func running(
    size: UInt16 = 16, features: UInt64 = FeatureBits.version1 | FeatureBits.protocolFeatures
  ) throws -> (SessionBench, TestRAM, DriverRing, Counters) {
    let bench = try SessionBench()
    let ram = try TestRAM()
    try bench.negotiate(ram, features: features)
    let counters = try bench.setUp(ram, size: size)
    #expect(try bench.enable() == 0)
    return (bench, ram, DriverRing(ram, size: size), counters)
  }
}

/// What a ring signals with.
struct Counters {
  let kick: EventCounter
  let call: EventCounter
  let error: EventCounter
}

extension Message {
  var number: UInt64 {
    get throws {
      var reader = ByteReader(payload)
      return try reader.u64()
    }
  }
}

extension TestRAM {
  /// The ring of a queue by the addresses of the front end.
  func address(queue: Int = 0, size: UInt16 = 16) -> VringAddress {
    let layout = layout(queue: queue, size: size)
    let shift = region.userAddress &- region.guestAddress
    return VringAddress(
      index: UInt32(queue), descriptorTable: layout.descriptorTable &+ shift, usedRing: layout.usedRing &+ shift,
      availableRing: layout.availableRing &+ shift)
  }
}

import FuzzSupport
import LinuxIO
import VhostUser
import Wire

/// Both peers of a relay, played by the fuzzer: messages of any kind, in pieces, with descriptors; reading or not; leaving.
///
/// Where the relay has nothing of its own to say, each side receives exactly what the other one sent, up to the end.
final class ScriptedPeers {
  private static let maximumSteps = 60
  /// The relay may keep one message of each direction, and the sockets some hundred; more would be growth.
  private static let maximumHeld = 1 << 20

  /// One side: its end of the connection, and what it sent that the other side has not received yet.
  private struct Peer {
    let socket: UnixSocket
    var sent: [UInt8] = []
    var hasLeft = false
  }

  private var choices: Choices
  private let loop: EventLoop
  private var peers: [Peer]
  private let file: Descriptor
  /// True when the relay passes everything on as it came.
  private let isPlain: Bool
  private var relay: Relay?
  private var end: RelayEnd?

  init(_ choices: Choices) throws {
    var choices = choices
    loop = try EventLoop()
    let (front, frontPeer) = try UnixSocket.makePair()
    let (back, backPeer) = try UnixSocket.makePair()
    peers = [Peer(socket: frontPeer), Peer(socket: backPeer)]
    for peer in peers { try peer.socket.descriptor.setNonBlocking() }
    file = try MappedMemory.makeFile(named: "fuzz", count: 4096)
    let plain = choices.oneIn(2)
    isPlain = plain
    self.choices = choices
    let relay = try Relay(
      frontEnd: front, backEnd: back, scanouts: plain ? 0 : 4, loop: loop,
      displaySocket: { [file] (socket) throws(SystemError) in
        if plain { return nil }
        return socket == nil ? file : try file.duplicate()
      }, ended: { [unowned self] in end = $0 })
    try relay.start()
    self.relay = relay
  }

  func run() throws {
    for _ in 0..<Self.maximumSteps where !choices.isEmpty {
      let side = choices.below(2)
      switch choices.below(8) {
      case 0..<4: try send(from: side)
      case 4, 5: try receive(at: 1 - side)
      case 6: try pump()
      default:
        guard choices.oneIn(4) else { continue }
        peers[side].socket.shutdown()
        peers[side].hasLeft = true
      }
      if choices.oneIn(2) { try pump() }
    }
    try pump()
    for side in 0..<2 { try receive(at: side) }
    try pump()
    let isLeft = peers.contains { $0.hasLeft }
    require(!isLeft || end != nil, "a peer left, and the relay goes on")
    // The end has a sentence.
    require(end.map { !$0.description.isEmpty } ?? true, "an end without a sentence")
    relay = nil
  }

  private func pump() throws {
    for _ in 0..<8 { try loop.runOnce(timeoutMilliseconds: 0) }
  }

  private func send(from side: Int) throws {
    let request: UInt32 = choices.oneIn(4) ? choices.word() : choices.pick(1, 2, 5, 12, 16, 18, 24, 33, 34, 37, 39, 44)
    let size = choices.oneIn(16) ? choices.word() : UInt32(choices.below(3) * 8 + choices.below(5) * 12)
    var message = ByteWriter()
    for value in [request, choices.pick(1, 5, 9, choices.word()), size] { message.u32(value) }
    let count = choices.oneIn(8) ? choices.below(64) : Int(min(size, 4100))
    message.bytes(choices.run(atMost: count))
    message.zeros(max(0, count + 12 - message.bytes.count))
    let files = Array(repeating: file, count: choices.oneIn(16) ? choices.below(40) : choices.below(3))
    // In one piece, or in two.
    let cut = choices.oneIn(4) ? choices.below(message.bytes.count) : 0
    for (index, piece) in [message.bytes[..<cut], message.bytes[cut...]].enumerated() where !piece.isEmpty {
      let attached = index == 0 || cut == 0 ? files : []
      guard let sent = try? peers[side].socket.sendSome(Array(piece), descriptors: attached) else { return }
      peers[side].sent += piece.prefix(sent)
      require(peers[side].sent.count <= Self.maximumHeld, "the relay holds more than a few messages")
      // What did not fit makes the stream another one.
      guard sent == piece.count else { return }
      if choices.oneIn(2) { try pump() }
    }
  }

  private func receive(at side: Int) throws {
    guard let received = try? peers[side].socket.receive(1 << 16, maximumDescriptors: 8) else { return }
    guard isPlain, !received.bytes.isEmpty else {
      if !received.bytes.isEmpty { peers[1 - side].sent = [] }
      return
    }
    let expected = peers[1 - side].sent.prefix(received.bytes.count)
    require(Array(expected) == received.bytes, "a side received other bytes than the other one sent")
    peers[1 - side].sent.removeFirst(expected.count)
  }
}

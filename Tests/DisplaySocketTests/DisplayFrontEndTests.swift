import Display
import Glibc
import LinuxIO
import Testing
import DisplaySocket
import VirtioGPU
import Wire

@Suite("The front end of a display socket")
struct DisplayFrontEndTests {
  @Test("GET_DISPLAY_INFO returns the outputs as a driver gets them")
  func queries() throws {
    let peer = try DisplayPeer([
      Output(size: Size(width: 640, height: 480)),
      Output(size: Size(width: 320, height: 200), position: Point(x: 640, y: 0), isEnabled: false),
    ])
    try peer.send(1)
    let features = try #require(try peer.reply())
    #expect(features == (1, 4, [1, 0, 0, 0, 0, 0, 0, 0]))
    try peer.send(2, 1, 0)  // It chooses them; this has no reply.
    try peer.send(3)
    let information = try #require(try peer.reply())
    #expect((information.request, information.flags, information.payload.count) == (3, 4, 408))
    let start = [0x1101, 0, 0, 0, 0, 0] as [UInt32] + [0, 0, 640, 480, 1, 0] + [640, 0, 320, 200, 0, 0]
    #expect(information.payload.starts(with: DisplayPeer.words(start)))
    #expect(information.payload.dropFirst(72).allSatisfy { $0 == 0 })
  }

  @Test("every GET_EDID gets a reply, also for an output that does not exist", arguments: [0, 1, .max])
  func edid(scanout: UInt32) throws {
    let peer = try DisplayPeer([Output(size: Size(width: 640, height: 480))])
    try peer.send(11, scanout)
    let reply = try #require(try peer.reply())
    #expect((reply.request, reply.flags, reply.payload.count) == (11, 4, 1056))
    var reader = ByteReader(reply.payload)
    #expect(try reader.u32() == (scanout == 0 ? 0x1104 : 0x1205))
    try reader.skip(20)
    #expect(try reader.u32() == (scanout == 0 ? 128 : 0))
  }

  @Test("updates, cursors and shared buffers are accepted, whatever the flags of a request are")
  func requests() throws {
    let peer = try DisplayPeer()
    try peer.send(7, 0, 64, 32)
    try peer.send(8, 0, 32, 16, 32, 16, pixels: Array(repeating: 7, count: 32 * 16 * 4))
    try peer.socket.send(DisplayPeer.words([8, 0xffff_ffff, 24, 0, 0, 0, 1, 1, 0x00ff_ffff]))
    try peer.send(6, 0, 1, 2, 3, 4, pixels: Array(repeating: 7, count: 16384))
    try peer.send(4, 0, 9, 9)
    try peer.send(5, 0, 9, 9)
    try peer.send(9, 15, 0, 0, 64, 32, 64, 32, 256, 0, 0, descriptors: [MappedMemory.makeFile(named: "p", count: 1)])
    try peer.send(10, 15, 0, 0, 64, 32)
    #expect(try #require(try peer.reply()) == (10, 4, []))
    try peer.send(7, 0, 0, 0)
    var expected = DisplayTraffic()
    expected.updates = 2
    expected.pixelBytes = 32 * 16 * 4 + 4
    expected.cursorUpdates = 1
    expected.sharedUpdates = 1
    #expect(try peer.traffic() == expected)
  }

  @Test("an update of 64 MiB arrives whole, though its sender writes as fast as it can", arguments: [false, true])
  func large(keepsFrames: Bool) throws {
    let peer = try DisplayPeer(keepsFrames: keepsFrames)
    try peer.send(7, 0, 4096, 4096)
    try peer.send(8, 0, 0, 0, 4096, 4096, pixels: Array(repeating: 7, count: 64 << 20))
    #expect(try peer.traffic().pixelBytes == 64 << 20)
  }

  @Test("a message that comes byte by byte is understood")
  func byteByByte() throws {
    let peer = try DisplayPeer()
    for byte in DisplayPeer.words([7, 0, 12, 0, 1, 1, 8, 0, 24, 0, 0, 0, 1, 1, 42]) { try peer.socket.send([byte]) }
    #expect(try peer.traffic().updates == 1)
  }

  @Test("a back end that leaves ends the conversation; a front end that goes closes the socket and its thread")
  func ends() throws {
    let (near, far) = try UnixSocket.makePair()
    do {
      let frontEnd = try DisplayFrontEnd(near, outputs: [])
      #expect(frontEnd.traffic.end == nil)
    }
    #expect(try far.receive(1).isEnd)
    let peer = try DisplayPeer()
    _ = try peer.traffic()
    _ = shutdown(peer.socket.descriptor.rawValue, 1)
    #expect(try peer.end() == .closed)
  }

  struct Lie: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let words: [UInt32]
    let descriptors: Int
    let error: DisplayProtocolError

    init(_ name: String, _ words: [UInt32], descriptors: Int = 0, _ error: DisplayProtocolError) {
      testDescription = name
      self.words = words
      self.descriptors = descriptors
      self.error = error
    }
  }

  private static let scanout: [UInt32] = [7, 0, 12, 0, 64, 32]
  private static let size = Size(width: 64, height: 32)

  private static func part(_ x: UInt32, _ y: UInt32, _ width: UInt32, _ height: UInt32) -> Rectangle {
    Rectangle(x: x, y: y, width: width, height: height)
  }

  private static let lies: [Lie] = [
    Lie("a number that is no message", [0, 0, 0], .unknownRequest(0)),
    Lie("a buffer with a modifier, which was not agreed on", [12, 0, 48], .unknownRequest(12)),
    Lie("four gigabytes of an unknown message", [.max, .max, .max], .unknownRequest(.max)),
    Lie("a query with a payload", [1, 0, 4], .payload(request: 1, count: 4)),
    Lie("features of four bytes", [2, 0, 4], .payload(request: 2, count: 4)),
    Lie("a GET_EDID without a scanout", [11, 0, 0], .payload(request: 11, count: 0)),
    Lie("a scanout of eight bytes", [7, 0, 8], .payload(request: 7, count: 8)),
    Lie("a cursor without pixels", [6, 0, 20], .payload(request: 6, count: 20)),
    Lie("a cursor of four gigabytes", [6, 0, .max], .payload(request: 6, count: .max)),
    Lie("an update without a rectangle", [8, 0, 16], .payload(request: 8, count: 16)),
    Lie("an update of four gigabytes", [8, 0, .max], .payload(request: 8, count: .max)),
    Lie("a shared buffer of 48 bytes", [9, 0, 48], .payload(request: 9, count: 48)),
    Lie("a scanout with a descriptor", scanout, descriptors: 1, .descriptors(request: 7, count: 1)),
    Lie("a query with a descriptor", [1, 0, 0], descriptors: 1, .descriptors(request: 1, count: 1)),
    Lie(
      "a shared buffer with two descriptors", [9, 0, 40, 0, 0, 0, 64, 32, 64, 32, 256, 0, 0], descriptors: 2,
      .descriptors(request: 9, count: 2)),
    Lie(
      "more descriptors than a read takes", [9, 0, 40, 0, 0, 0, 64, 32, 64, 32, 256, 0, 0], descriptors: 40,
      .descriptors(request: 9, count: 16)),
    Lie("the scanout 16", [7, 0, 12, 16, 64, 32], .noScanout(16)),
    Lie("the last number as a scanout", [7, 0, 12, .max, 64, 32], .noScanout(.max)),
    Lie("a cursor on the scanout 16", [4, 0, 12, 16, 0, 0], .noScanout(16)),
    Lie("a scanout of no height", [7, 0, 12, 0, 64, 0], .size(Size(width: 64, height: 0))),
    Lie("a scanout beyond all measure", [7, 0, 12, 0, .max, .max], .size(Size(width: .max, height: .max))),
    Lie(
      "a shared buffer of no width", [9, 0, 40, 0, 0, 0, 0, 32, 0, 32, 0, 0, 0], .size(Size(width: 0, height: 32))),
    Lie("an update before there is a surface", [8, 0, 24, 0, 0, 0, 1, 1, 0], .outside(part(0, 0, 1, 1), of: nil)),
    Lie(
      "an update of a scanout that was switched off", scanout + [7, 0, 12, 0, 0, 0, 8, 0, 24, 0, 0, 0, 1, 1, 0],
      .outside(part(0, 0, 1, 1), of: nil)),
    Lie(
      "an update outside", scanout + [8, 0, 24, 0, 64, 0, 1, 1, 0], .outside(part(64, 0, 1, 1), of: size)),
    Lie(
      "an update whose corner wraps", scanout + [8, 0, 36, 0, .max, .max, 2, 2, 0, 0, 0, 0],
      .outside(part(.max, .max, 2, 2), of: size)),
    Lie(
      "an update whose area wraps", scanout + [8, 0, 20, 0, 0, 0, 0x8000_0000, 0x8000_0000],
      .pixels(request: 8, count: 0, of: .max)),
    Lie(
      "an update with too few pixels", scanout + [8, 0, 24, 0, 0, 0, 2, 1, 0], .pixels(request: 8, count: 4, of: 8)),
    Lie(
      "an update with too many pixels", scanout + [8, 0, 28, 0, 0, 0, 1, 1, 0, 0],
      .pixels(request: 8, count: 8, of: 4)),
    Lie(
      "a shared update before there is a buffer", [10, 0, 20, 3, 0, 0, 1, 1], .outside(part(0, 0, 1, 1), of: nil)),
  ]

  @Test("a back end that lies has its socket closed, and the reason is known", arguments: lies)
  func lie(lie: Lie) throws {
    let peer = try DisplayPeer()
    let attached = Array(repeating: peer.socket.descriptor, count: lie.descriptors)
    try peer.socket.send(DisplayPeer.words(lie.words), descriptors: attached)
    #expect(try peer.end() == .protocolError(lie.error))
  }

  @Test("a back end that leaves in the middle of a message is told apart", arguments: [1, 11, 12, 13, 32, 33, 35])
  func endsInside(count: Int) throws {
    let peer = try DisplayPeer()
    try peer.send(7, 0, 8, 8)
    try peer.socket.send(Array(DisplayPeer.words([8, 0, 24, 0, 0, 0, 1, 1, 0]).prefix(count)))
    _ = shutdown(peer.socket.descriptor.rawValue, 1)
    #expect(try peer.end() == .protocolError(.endedInside))
  }

  @Test("whatever is sent, the conversation comes to an end", arguments: 0..<20 as Range<UInt64>)
  func anything(seed: UInt64) throws {
    var random = Random(state: seed)
    let edges: [UInt32] = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 15, 16, 20, 24, 28, 40, 64, 0x8000_0000, .max]
    for _ in 0..<20 {
      let peer = try DisplayPeer([Output(size: Size(width: 64, height: 32))])
      let words = (0..<Int.random(in: 1...40, using: &random)).map { _ in edges.randomElement(using: &random) ?? 0 }
      // It may be gone before the last of them.
      try? peer.socket.send(DisplayPeer.words(Self.scanout + words))
      _ = shutdown(peer.socket.descriptor.rawValue, 1)
      #expect(try peer.end() != nil)
    }
  }

  /// Marsaglia's xorshift: the same numbers each time.
  private struct Random: RandomNumberGenerator {
    var state: UInt64

    init(state: UInt64) {
      self.state = state &* 0x9e37_79b9_7f4a_7c15 | 1
    }

    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }
}

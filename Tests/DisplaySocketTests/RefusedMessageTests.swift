import Display
import DisplayPeers
import DisplaySocket
import LinuxIO
import ScanoutTesting
import Testing
import VirtioGPU

@Suite("Messages that a front end refuses")
struct RefusedMessageTests {
  /// Bytes of a back end, and the error that they end the session with.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let messages: [[UInt32]]
    let error: DisplayProtocolError
    var testDescription: String { name }

    init(_ name: String, _ messages: [[UInt32]], _ error: DisplayProtocolError) {
      (self.name, self.messages, self.error) = (name, messages, error)
    }
  }

  private static let small = Size(width: 2, height: 2)
  private static let negotiated: [UInt32] = [2, 0, 8, 0, 1 << 30]
  private static let refusals = [
    Refusal("an update before a scanout", [[8, 0, 24, 0, 0, 0, 1, 1, 0]], .outside(rectangle(0, 0, 1, 1), of: nil)),
    Refusal(
      "an update of a scanout that is off",
      [[7, 0, 12, 0, 2, 2], [7, 0, 12, 0, 0, 0], [8, 0, 24, 0, 0, 0, 1, 1, 0]],
      .outside(rectangle(0, 0, 1, 1), of: nil)),
    Refusal(
      "an update with too few pixels", [[7, 0, 12, 0, 2, 2], [8, 0, 24, 0, 0, 0, 2, 2, 0]],
      .pixels(request: 8, count: 4, of: 16)),
    Refusal(
      "an update outside", [[7, 0, 12, 0, 2, 2], [8, 0, 24, 0, 2, 0, 1, 1, 0]],
      .outside(rectangle(2, 0, 1, 1), of: small)),
    Refusal(
      "an update that overflows", [[7, 0, 12, 0, 2, 2], [8, 0, 24, 0, 0xffff_ffff, 0, 1, 1, 0]],
      .outside(rectangle(0xffff_ffff, 0, 1, 1), of: small)),
    Refusal("a scanout without height", [[7, 0, 12, 0, 640, 0]], .size(Size(width: 640, height: 0))),
    Refusal("a huge scanout", [[7, 0, 12, 0, 65536, 65536]], .size(Size(width: 65536, height: 65536))),
    Refusal("a scanout that does not exist", [[7, 0, 12, 16, 640, 480]], .noScanout(16)),
    Refusal(
      "scanouts that need too much memory together",
      (0..<4).map { [7, 0, 12, $0, 8192, 8192] } + [[7, 0, 12, 4, 1, 1]],
      .tooManyBytes((1 << 30) + 4, allowed: 1 << 30)),
    Refusal("a short cursor", [[6, 0, 20, 0, 0, 0, 0, 0]], .payload(request: 6, count: 20)),
    Refusal("a length of 4 GiB", [[7, 0, 0xffff_ffff]], .payload(request: 7, count: 0xffff_ffff)),
    Refusal("an update of 4 GiB", [[8, 0, 0xffff_fffc]], .payload(request: 8, count: 0xffff_fffc)),
    Refusal("an unknown message", [[13, 0, 0]], .unknownRequest(13)),
    Refusal("a message of the extension without it", [[0x5C03, 0, 12, 0, 1, 0]], .unknownRequest(0x5C03)),
    Refusal("a message of a front end", [negotiated, [0x5C80, 0, 12, 0, 1, 1]], .unknownRequest(0x5C80)),
    Refusal("a number that input has later", [negotiated, [0x5C83, 0, 0]], .unknownRequest(0x5C83)),
    Refusal(
      "a buffer without a descriptor", [[9, 0, 40, 0, 0, 0, 2, 2, 2, 2, 8, 0, 0x3432_5258]],
      .descriptors(request: 9, count: 0)),
    Refusal(
      "an update of a buffer that is none", [[7, 0, 12, 0, 2, 2], [10, 0, 20, 0, 0, 0, 1, 1]],
      .outside(rectangle(0, 0, 1, 1), of: nil)),
    Refusal(
      "a surface without a descriptor", [negotiated, [0x5C00, 0, 28, 0, 2, 2, 8, 0x3432_5258, 0, 0]],
      .descriptors(request: 0x5C00, count: 0)),
    Refusal(
      "damage of nothing", [negotiated, [0x5C01, 0, 20, 0, 0, 0, 1, 1]], .outside(rectangle(0, 0, 1, 1), of: nil)),
    Refusal("a frame of nothing", [negotiated, [0x5C03, 0, 12, 0, 1, 0]], .frameNumber(1, after: nil)),
    Refusal(
      "a frame that goes back",
      [negotiated, [7, 0, 12, 0, 2, 2], [0x5C03, 0, 12, 0, 5, 0], [0x5C03, 0, 12, 0, 4, 0]],
      .frameNumber(4, after: 5)),
    Refusal("a large cursor", [negotiated, [0x5C02, 0, 24, 0, 513, 1, 0, 0, 0]], .size(Size(width: 513, height: 1))),
    Refusal("a long name", [negotiated, [0x5C04, 0, 256]], .payload(request: 0x5C04, count: 256)),
  ]

  private static func rectangle(_ x: UInt32, _ y: UInt32, _ width: UInt32, _ height: UInt32) -> Rectangle {
    Rectangle(x: x, y: y, width: width, height: height)
  }

  @Test("each ends the session with a sentence, and nothing else happens", arguments: refusals)
  func refused(refusal: Refusal) throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    // The session may end before everything is sent.
    try? backEnd.sendBytes(refusal.messages.flatMap { RawBackEnd.words($0) })
    #expect(try session.end() == .refused(refusal.error))
    #expect(!"\(refusal.error)".isEmpty)
    // The back end sees it.
    while try !backEnd.socket.receive(4096).isEnd {}
  }

  @Test("a back end that leaves is a plain end, in the middle of a message it is not")
  func leaving() throws {
    for count in [0, 1, 11, 12, 20, 40] {
      let (session, sent) = try {
        let (session, backEnd) = try ReceivingSession.makeOpen()
        try backEnd.send(7, 0, 4, 4)
        let update = RawBackEnd.words([8, 0, 84, 0, 0, 0, 4, 4]) + [UInt8](repeating: 1, count: 64)
        try backEnd.sendBytes(Array(update.prefix(count)))
        return (session, count)
      }()
      #expect(try session.end() == (sent == 0 ? .closed : .refused(.endedInside)))
      #expect(session.recorder.current[0]?.size == Size(width: 4, height: 4))
      #expect(session.recorder.frames.isEmpty)
    }
  }

  @Test("descriptors where none belong are refused")
  func strayDescriptors() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    try backEnd.send(7, 0, 4, 4, descriptors: [backEnd.socket.descriptor])
    #expect(try session.end() == .refused(.descriptors(request: 7, count: 1)))
  }

  @Test("a file that is no memory, is too short, or has rows that are too short is refused")
  func files() throws {
    let memory = try MappedMemory.makeFile(named: "test", count: 4096)
    let (socket, _) = try UnixSocket.makePair()
    let format: UInt32 = 0x3432_5258
    let cases: [(Descriptor, fields: [UInt32])] = [
      (socket.descriptor, [0, 2, 2, 8, format, 0, 0]), (memory, [0, 64, 64, 256, format, 0, 0]),
      (memory, [0, 2, 2, 7, format, 0, 0]), (memory, [0, 2, 2, 8, format, 1, 0]),
      (memory, [0, 2, 2, 8, format, 0, 0xffff_ffff]), (memory, [0, 2, 2, 0xffff_fffc, format, 0, 0]),
      (memory, [0, 2, 2, 8, 0x2020_2020, 0, 0]),
    ]
    for (file, fields) in cases {
      let (session, backEnd) = try ReceivingSession.makeOpen()
      try backEnd.send(2, 0, 1 << 30)
      let payload = RawBackEnd.words(fields)
      try backEnd.socket.send(RawBackEnd.words([0x5C00, 0, UInt32(payload.count)]) + payload, descriptors: [file])
      guard case .refused = try session.end() else {
        Issue.record("\(fields) were taken")
        continue
      }
      #expect(session.recorder.entries.isEmpty)
    }
  }
}

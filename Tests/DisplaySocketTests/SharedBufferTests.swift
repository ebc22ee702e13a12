import Display
import DisplayPeers
import DisplaySocket
import LinuxIO
import ScanoutTesting
import Testing

@Suite("Buffers that a back end shares")
struct SharedBufferTests {
  private static let bufferSize = Size(width: 64, height: 48)
  private let stride = 64 * 4 + 32

  /// A drawn image in a memory file.
  private func makeBuffer(_ format: PixelFormat, seed: UInt8 = 1) throws -> (Surface, Descriptor) {
    let memory = try MappedMemory.makeSealed(named: "buffer", count: UInt64(stride * 48))
    let surface = try Surface(size: Self.bufferSize, format: format, stride: stride, memory: memory, offset: 0)
    surface.draw(seed)
    guard let file = surface.file?.file else { throw ReceivingSession.NothingHappens() }
    return (surface, file)
  }

  private func scanout(
    _ backEnd: RawBackEnd, _ area: Rectangle, _ format: PixelFormat, _ file: Descriptor, flags: UInt32 = 0,
    modifier: UInt64? = nil
  ) throws {
    var words: [UInt32] = [modifier == nil ? 9 : 12, 0, modifier == nil ? 40 : 48, 0]
    words += [area.x, area.y, area.width, area.height, 64, 48, UInt32(stride), flags, format.fourcc]
    if let modifier { words += [UInt32(truncatingIfNeeded: modifier), UInt32(modifier >> 32)] }
    try backEnd.socket.send(RawBackEnd.words(words), descriptors: [file])
  }

  /// Sends DMABUF_UPDATE and waits for its reply.
  private func update(_ backEnd: RawBackEnd, _ session: ReceivingSession, _ area: Rectangle) throws {
    try backEnd.send(10, 0, area.x, area.y, area.width, area.height)
    try reply(to: backEnd, session)
  }

  private func reply(to backEnd: RawBackEnd, _ session: ReceivingSession) throws {
    var bytes: [UInt8] = []
    try session.turn {
      bytes += try backEnd.receiveSome()
      return bytes.count >= 12
    }
    #expect(bytes == RawBackEnd.words([10, 4, 0]))
  }

  @Test("a part of a buffer is shown in all formats, and is read when it is updated", arguments: PixelFormat.allCases)
  func formats(format: PixelFormat) throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    let (buffer, file) = try makeBuffer(format)
    let area = Rectangle(x: 8, y: 4, width: 40, height: 32)
    let part = try Surface(area, of: buffer)
    try scanout(backEnd, area, format, file, modifier: 0)
    try update(backEnd, session, Rectangle(x: 0, y: 0, width: 1, height: 1))
    // All of a new buffer is new, whatever the first update says.
    #expect(try session.recorder.surfaces[0]?.colors == part.colors)
    let before = try part.colors
    buffer.fill(Rectangle(x: 10, y: 10, width: 3, height: 3), with: Color(red: 200, green: 100, blue: 50))
    #expect(try session.recorder.current[0]?.colors == before)
    try update(backEnd, session, Rectangle(x: 2, y: 6, width: 3, height: 3))
    #expect(try session.recorder.surfaces[0]?.colors == part.colors)
    #expect(session.recorder.frames[0] == 2)
  }

  @Test("a buffer whose first row is the lowest is turned")
  func flipped() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    let (buffer, file) = try makeBuffer(.b8g8r8x8)
    try scanout(backEnd, Rectangle(Self.bufferSize), .b8g8r8x8, file, flags: 1)
    try update(backEnd, session, Rectangle(Self.bufferSize))
    let rows = try session.recorder.surfaces[0]?.colors.chunks(of: 64 * 4) ?? []
    #expect(try rows.reversed() == buffer.colors.chunks(of: 64 * 4))
  }

  @Test("buffers of one size take turns in one surface; an off scanout and another size end that")
  func flips() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    let buffers = try [makeBuffer(.b8g8r8x8, seed: 1), makeBuffer(.b8g8r8x8, seed: 90)]
    for turn in 0..<6 {
      try scanout(backEnd, Rectangle(Self.bufferSize), .b8g8r8x8, buffers[turn % 2].1)
      try update(backEnd, session, Rectangle(x: 0, y: 0, width: 0, height: 0))
      #expect(try session.recorder.surfaces[0]?.colors == buffers[turn % 2].0.colors)
    }
    #expect(session.recorder.entries.filter { $0 == .scanout(0, Self.bufferSize, .b8g8r8x8) }.count == 1)
    // A DMABUF_SCANOUT without a descriptor switches off.
    try backEnd.send(9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    try session.settle(backEnd)
    #expect(session.recorder.entries.last == .off(0))
  }

  @Test("the reply waits until the frame was shown, when that is asked for")
  func shown() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen { $0.repliesWhenShown = true }
    let (_, file) = try makeBuffer(.b8g8r8x8)
    try scanout(backEnd, Rectangle(Self.bufferSize), .b8g8r8x8, file)
    for frame in 1...3 as ClosedRange<UInt64> {
      try backEnd.send(10, 0, 0, 0, 64, 48)
      try session.turn { session.recorder.frames[0] == frame }
      #expect(try backEnd.receiveSome() == [])
      if frame == 2 { session.receiver.replyToUpdates(of: 0) } else { session.receiver.send(.presented(frame), of: 0) }
      try reply(to: backEnd, session)
    }
    // What is no longer shown is not waited for.
    try backEnd.send(10, 0, 0, 0, 64, 48)
    try session.turn { session.recorder.frames[0] == 4 }
    try backEnd.send(7, 0, 0, 0)
    try reply(to: backEnd, session)
  }

  @Test("other modifiers, unknown formats, parts outside, and files that are no memory are refused")
  func refusals() throws {
    let (_, file) = try makeBuffer(.b8g8r8x8)
    let whole = Rectangle(Self.bufferSize)
    func end(_ send: (RawBackEnd) throws -> Void) throws -> DisplaySocketSourceEnd? {
      let (session, backEnd) = try ReceivingSession.makeOpen()
      try send(backEnd)
      return try session.end()
    }
    #expect(
      try end { try scanout($0, whole, .b8g8r8x8, file, modifier: 0x100_0000_0000_0001) }
        == .refused(.modifier(0x100_0000_0000_0001)))
    let outside = Rectangle(x: 1, y: 0, width: 64, height: 48)
    #expect(
      try end { try scanout($0, outside, .b8g8r8x8, file) } == .refused(.outside(outside, of: Self.bufferSize)))
    let words: [UInt32] = [9, 0, 40, 0, 0, 0, 64, 48, 64, 48, UInt32(stride), 0, 0x3132_564E]
    #expect(
      try end { try $0.socket.send(RawBackEnd.words(words), descriptors: [file]) }
        == .refused(.unknownFormat(0x3132_564E)))
    let (socket, _) = try UnixSocket.makePair()
    guard case .refused(.file(request: 9, _)) = try end({ try scanout($0, whole, .b8g8r8x8, socket.descriptor) }) else {
      Issue.record("a socket was mapped")
      return
    }
    // The file is 48 rows long, and 49 are claimed.
    let short: [UInt32] = [9, 0, 40, 0, 0, 0, 64, 49, 64, 49, UInt32(stride), 0, PixelFormat.b8g8r8x8.fourcc]
    guard case .refused(.file) = try end({ try $0.socket.send(RawBackEnd.words(short), descriptors: [file]) }) else {
      Issue.record("a short file was mapped")
      return
    }
  }

  @Test("a file that its owner shortens while it is shown reads as black")
  func shortened() throws {
    let (session, backEnd) = try ReceivingSession.makeOpen()
    let file = try MappedMemory.makeFile(named: "shrinking", count: UInt64(stride * 48))
    try scanout(backEnd, Rectangle(Self.bufferSize), .b8g8r8x8, file)
    try update(backEnd, session, Rectangle(Self.bufferSize))
    try file.truncate(to: 0)
    try update(backEnd, session, Rectangle(Self.bufferSize))
    #expect(session.ends.isEmpty)
    #expect(session.recorder.surfaces[0]?.bytes.allSatisfy { $0 == 0 || $0 == 255 } == true)
  }
}

extension [UInt8] {
  fileprivate func chunks(of count: Int) -> [[UInt8]] {
    Swift.stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
  }
}

import Display
import DisplayPeers
@testable import DisplaySocket
import LinuxIO
import Synchronization
import Testing
import VirtioGPU
import Wire

@Suite("Ends, lies and extensions of the display socket")
struct DisplaySocketSinkEndTests {
  private let size = Size(width: 96, height: 64)

  private func surface(_ seed: UInt8 = 1) throws -> Surface {
    let surface = try SurfaceAllocator().makeSurface(size: Size(width: 160, height: 120), format: .b8g8r8x8)
    surface.draw(seed)
    return surface
  }

  private func show(_ surface: Surface, _ source: DisplaySource, frame: UInt64 = 1) throws {
    try source.emit(.scanout(surface), on: 0, at: .zero)
    try source.emit(.damage(Rectangle(surface.size)), on: 0, at: .zero)
    try source.emit(.frame(frame), on: 0, at: .zero)
  }

  /// A sink whose end can be waited for.
  private final class Watched {
    let frontEnd: ScriptedFrontEnd
    let sink: DisplaySocketSink
    private let ended: EventCounter
    private let end: Box

    final class Box: Sendable { let value = Mutex<DisplaySocketSinkEnd?>(nil) }

    init(_ features: DisplayFeatures = [.edid, .modifiers], now: (@Sendable () -> UInt64)? = nil) throws {
      let (ended, end) = (try EventCounter(), Box())
      var options = DisplaySocketSink.Options()
      if let now { options.now = now }
      options.name = "guest"
      options.isDMABuf = { _ in true }
      options.onEnd = { reason in
        end.value.withLock { $0 = reason }
        ended.signal()
      }
      (frontEnd, sink) = try ScriptedFrontEnd.make(features, options: options)
      (self.ended, self.end) = (ended, end)
    }

    func waitForEnd() throws -> DisplaySocketSinkEnd? {
      _ = try ended.wait(timeoutMilliseconds: 60_000)
      return end.value.withLock { $0 }
    }
  }

  struct Lie: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let words: [UInt32]
  }

  private static let lies = [
    Lie(testDescription: "features of four bytes", words: [1, 4, 4, 0]),
    Lie(testDescription: "a request instead of a reply", words: [1, 0, 8, 0, 0]),
    Lie(testDescription: "a reply to nothing", words: [3, 4, 408] + Array(repeating: 0, count: 102)),
    Lie(testDescription: "the reply to an update that was not sent", words: [10, 4, 0]),
    Lie(testDescription: "an EDID for the scanout 100", words: [11, 4, 1056] + Array(repeating: 100, count: 264)),
    Lie(testDescription: "four gigabytes", words: [1, 4, .max]),
    Lie(testDescription: "an unknown number", words: [.max, 4, 0]),
    Lie(testDescription: "a message of a back end", words: [7, 0, 12, 0, 64, 64]),
    Lie(testDescription: "a message of an extension that was not agreed on", words: [0x5C80, 0, 12, 0, 64, 64]),
    Lie(testDescription: "the same reply twice", words: [1, 4, 8, 3, 0, 1, 4, 8, 3, 0]),
  ]

  @Test("a front end that lies loses its display, and the source goes on", arguments: lies)
  func lie(lie: Lie) throws {
    let it = try Watched()
    it.frontEnd.answersQueries = false
    let source = DisplaySource()
    try source.add(it.sink, named: "display", policy: .optional)
    try it.frontEnd.send(lie.words)
    guard case .invalidReply = try it.waitForEnd() else {
      Issue.record("it goes on")
      return
    }
    try show(surface(), source)
    #expect(source.isEmpty)
  }

  @Test(
    "input of no known kind, or out of range, ends the sink, and no event of it reaches the source",
    arguments: [
      [16, 0, 30, 1, 0], [.max, 11, 0, 0, 0], [0, 12, 0, 0, 0], [0, .max, 0, 0, 0], [0, 0, 0x1_0000, 1, 0],
      [0, 1, 0x10f, 1, 0], [0, 1, .max, 1, 0], [0, 6, 10, 1, 1], [0, 7, .max, 1, 1], [0, 10, 10, 0, 0],
    ] as [[UInt32]])
  func invalidInput(fields: [UInt32]) throws {
    let it = try Watched([.surfaces])
    let source = DisplaySource()
    let requests = Recorder()
    source.onRequest = { request, _ in requests.add("\(request)") }
    try source.add(it.sink, named: "display", policy: .optional)
    try it.frontEnd.receive { it.sink.features != nil }
    try it.frontEnd.send([0x5C83, 0, 20] + fields)
    guard case .invalidReply = try it.waitForEnd() else {
      Issue.record("it goes on")
      return
    }
    try source.serve()
    #expect(requests.lines.isEmpty)
  }

  @Test("whatever a front end sends, its sink ends and its source goes on", arguments: 0..<20 as Range<UInt64>)
  func anything(seed: UInt64) throws {
    var random = Random(state: seed)
    let edges: [UInt32] = [
      0, 1, 2, 3, 4, 7, 8, 10, 11, 12, 16, 0x5C80, 0x5C81, 0x5C82, 0x5C83, 20, 408, 1056, 0x1101, .max,
    ]
    for turn in 0..<20 as Range<UInt8> {
      let it = try Watched(turn % 2 == 0 ? [.edid, .modifiers] : [.surfaces])
      let source = DisplaySource()
      try source.add(it.sink, named: "display", policy: .optional)
      try it.frontEnd.receive { it.sink.features != nil && it.frontEnd.messages.count >= 2 }
      it.frontEnd.answersQueries = false
      it.sink.askOutputs { _ in }
      let words = (0..<Int.random(in: 1...40, using: &random)).map { _ in edges.randomElement(using: &random) ?? 0 }
      // The sink may have ended before the last of them.
      try? it.frontEnd.send(words)
      try show(surface(turn), source)
      it.frontEnd.socket.shutdown()
      #expect(try it.waitForEnd() != nil)
      try show(surface(turn), source, frame: 2)
      #expect(source.isEmpty)
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

  @Test("outputs of a wrong type end the sink, and who asked is told")
  func wrongOutputs() throws {
    let it = try Watched()
    let record = Recorder()
    try it.frontEnd.receive { it.sink.features != nil }
    it.frontEnd.answersQueries = false
    it.sink.askOutputs { record.add($0 == nil ? "none" : "some") }
    try it.frontEnd.receive { it.frontEnd.messages.last == .getDisplayInfo }
    try it.frontEnd.reply(.getDisplayInfo, Array(repeating: 0xff, count: 408))
    guard case .invalidReply = try it.waitForEnd() else {
      Issue.record("it goes on")
      return
    }
    it.sink.askOutputs { record.add($0 == nil ? "none" : "some") }
    #expect(record.lines == ["none", "none"])
  }

  @Test("EDIDs for 100 scanouts that nobody asked for end the sink")
  func uninvited() throws {
    let it = try Watched()
    try it.frontEnd.receive { it.frontEnd.messages.count == 2 }
    for scanout in 0..<100 as Range<UInt32> {
      try? it.frontEnd.send([11, 4, 1056] + Array(repeating: scanout, count: 264))
    }
    guard case .invalidReply = try it.waitForEnd() else {
      Issue.record("it goes on")
      return
    }
  }

  @Test(
    "a front end that leaves, at once or in the middle of a reply, ends its sink only", arguments: [0, 1, 11, 12, 19])
  func leaves(count: Int) throws {
    let it = try Watched()
    var writer = ByteWriter()
    for word in [1, 4, 8, 3, 0] as [UInt32] { writer.u32(word) }
    if count > 0 { try it.frontEnd.socket.send(Array(writer.bytes.prefix(count))) }
    it.frontEnd.socket.shutdown()
    let end = try it.waitForEnd()
    if count == 0 { #expect(end == .closed) } else { #expect(end != nil) }
    #expect(throws: DisplaySocketSinkEnd.self) { try it.sink.receive(.scanout(nil), on: 0, at: .zero) }
  }

  @Test("a front end that leaves while a frame is on its way ends its sink only")
  func leavesInside() throws {
    let it = try Watched()
    let source = DisplaySource()
    try source.add(it.sink, named: "display", policy: .optional)
    try show(try Surface(size: Size(width: 2000, height: 1000), format: .b8g8r8x8), source)
    try it.frontEnd.receive { it.frontEnd.messages.contains(.scanout(0, Size(width: 2000, height: 1000))) }
    it.frontEnd.socket.shutdown()
    #expect(try it.waitForEnd() == .closed)
  }

  @Test("a descriptor that is no socket is refused")
  func noSocket() throws {
    #expect(throws: SystemError.self) { _ = try DisplaySocketSink(MappedMemory.makeFile(named: "no", count: 1)) }
    #expect(throws: SystemError.self) { _ = try DisplaySocketSink(EventCounter().descriptor) }
  }

  @Test("finishing sends what is pending, and waits a second at most for a front end that stalls")
  func finishes() throws {
    let it = try Watched()
    let source = DisplaySource(it.sink)
    let shown = try Surface(size: Size(width: 64, height: 64), format: .b8g8r8x8)
    shown.draw(4)
    try it.frontEnd.receive { it.frontEnd.messages.count == 2 }
    try show(shown, source)
    try source.finish()
    #expect(try it.waitForEnd() == .finished)
    try it.frontEnd.receive { try it.frontEnd.images[0]?.colors == shown.colors }
    let stalled = try Watched()
    let other = DisplaySource(stalled.sink)
    try show(shown, other)
    let start = Alarm.now
    try other.finish()
    #expect((1_000_000_000...30_000_000_000).contains(Alarm.now - start))
    #expect(try stalled.waitForEnd() == .stopped)
  }

  @Test("the front end says which outputs it has")
  func outputs() throws {
    let it = try Watched()
    it.frontEnd.outputs = [
      Output(size: Size(width: 1024, height: 768)), .unplugged,
      Output(size: Size(width: 800, height: 600), position: Point(x: -5, y: 7)),
    ]
    let (arrived, box) = (try EventCounter(), Outputs())
    it.sink.askOutputs { reply in
      box.value.withLock { $0 = reply ?? [] }
      arrived.signal()
    }
    try it.frontEnd.receive { it.frontEnd.messages.last == .getDisplayInfo }
    #expect(try arrived.wait(timeoutMilliseconds: 60_000))
    let reply = box.value.withLock { $0 }
    #expect(reply.count == 16)
    #expect(reply.prefix(3).map(\.isEnabled) == [true, false, true])
    #expect(reply[2].position == Point(x: -5, y: 7) && reply[2].size == Size(width: 800, height: 600))
  }

  private final class Outputs: Sendable { let value = Mutex<[Output]>([]) }

  // MARK: - Buffers and the extension

  @Test("a dma-buf is shown by reference, with one update on its way at a time")
  func buffers() throws {
    let it = try Watched()
    it.frontEnd.answersUpdates = false
    let source = DisplaySource(it.sink)
    try it.frontEnd.receive { it.sink.features != nil && it.frontEnd.messages.count == 2 }
    let shown = try surface()
    try source.emit(.scanout(shown), on: 0, at: .zero)
    let area = Rectangle(shown.size)
    try it.frontEnd.receive { it.frontEnd.messages.last == .sharedUpdate(0, area) }
    let frame = SharedScanout(area: area, bufferSize: shown.size, stride: 640, fourcc: 0x3432_5258, modifier: 0)
    #expect(it.frontEnd.messages.dropFirst(2).first == .sharedScanout(0, frame))
    #expect(it.frontEnd.files[0] != nil)
    // Further frames wait for the reply, and are one.
    let parts = [Rectangle(x: 0, y: 0, width: 8, height: 8), Rectangle(x: 100, y: 80, width: 8, height: 8)]
    for (number, part) in parts.enumerated() {
      try source.emit(.damage(part), on: 0, at: .zero)
      try source.emit(.frame(UInt64(2 + number)), on: 0, at: .zero)
    }
    // Messages go in order: the cursor's would come after an update that did not wait.
    try source.emit(.cursor(CursorImage(surface: shown, hotSpot: .zero)), on: 0, at: .zero)
    guard case .cursorUpdate = try it.frontEnd.next() else {
      Issue.record("another update came before the reply: \(it.frontEnd.messages)")
      return
    }
    try it.frontEnd.reply(.dmabufUpdate, [])
    #expect(try it.frontEnd.next() == .sharedUpdate(0, Rectangle(x: 0, y: 0, width: 108, height: 88)))
    // Pixels again: the buffer goes first.
    let plain = try Surface(size: size, format: .r8g8b8a8)
    try show(plain, source, frame: 4)
    try it.frontEnd.reply(.dmabufUpdate, [])
    try it.frontEnd.receive { it.frontEnd.messages.last == .update(0, Rectangle(size)) }
    #expect(it.frontEnd.messages.suffix(3).dropLast() == [.sharedScanout(0, nil), .scanout(0, size)])
  }

  @Test("without the feature, a surface in a file goes as pixels")
  func noBuffers() throws {
    let it = try Watched([.edid])
    let source = DisplaySource(it.sink)
    let shown = try surface()
    try show(shown, source)
    try it.frontEnd.receive { try it.frontEnd.images[0]?.colors == shown.colors }
    #expect(it.frontEnd.messages.dropFirst().first == .setProtocolFeatures([]))
  }

  @Test("with the extension, a surface goes as its file, for reading only, with damage and numbers of frames")
  func surfaces() throws {
    let it = try Watched([.surfaces])
    let source = DisplaySource(it.sink)
    let shown = try surface()
    try show(shown, source, frame: 7)
    try it.frontEnd.receive { it.frontEnd.messages.last == .frame(0, 7) }
    #expect(it.frontEnd.name == "guest")
    let frame = FileScanout(size: shown.size, format: .b8g8r8x8, stride: 640, offset: 0)
    #expect(it.frontEnd.messages.filter { $0 == .surface(0, frame) }.count == 1)
    #expect(it.frontEnd.messages.dropLast().last == .damage(0, Rectangle(shown.size)))
    #expect(try it.frontEnd.images[0]?.colors == shown.colors)
    let file = try #require(it.frontEnd.files[0])
    #expect(throws: SystemError.self) { try file.write([1]) }
    // A cursor of any size, with its position behind it.
    let cursor = try Surface(size: Size(width: 200, height: 100), format: .a8r8g8b8)
    cursor.draw(3)
    try source.emit(.cursorMoved(Point(x: 9, y: -9)), on: 0, at: .zero)
    try source.emit(.cursor(CursorImage(surface: cursor, hotSpot: Point(x: 150, y: 20))), on: 0, at: .zero)
    try it.frontEnd.receive { it.frontEnd.cursors[0]?.position == Point(x: 9, y: -9) }
    #expect(try it.frontEnd.cursors[0]?.image.colors == cursor.colors)
    #expect(it.frontEnd.cursors[0]?.hotSpot == Point(x: 150, y: 20))
    try source.emit(.cursor(nil), on: 0, at: .zero)
    try it.frontEnd.receive { it.frontEnd.cursors[0] == nil }
    // Plain memory has no file, so its pixels go.
    let plain = try Surface(size: size, format: .a8b8g8r8)
    plain.draw(5)
    try show(plain, source, frame: 8)
    try it.frontEnd.receive { it.frontEnd.messages.last == .frame(0, 8) }
    #expect(try it.frontEnd.images[0]?.colors == plain.colors)
    try source.emit(.scanout(nil), on: 0, at: .zero)
    try it.frontEnd.receive { it.frontEnd.images[0] == nil }
    try source.finish()
    try it.frontEnd.receive { it.frontEnd.messages.last == .ended }
  }

  @Test("requests of the front end reach the source in order")
  func requests() throws {
    let woken = try EventCounter()
    let it = try Watched([.surfaces])
    let source = DisplaySource { woken.signal() }
    var received: [DisplayRequest] = []
    source.onRequest = { request, _ in received.append(request) }
    try source.add(it.sink, named: "view", policy: .optional)
    try it.frontEnd.receive { it.sink.features != nil }
    try it.frontEnd.send([0x5C80, 0, 12, 1, 640, 480, 0x5C81, 0, 12, 0, 9, 0, 0x5C82, 0, 4, 0])
    while received.count < 3 {
      #expect(try woken.wait(timeoutMilliseconds: 60_000))
      try source.serve()
    }
    #expect(received == [.resize(Size(width: 640, height: 480)), .presented(9), .close])
  }

  private final class Time: Sendable { let seconds = Mutex<UInt64>(1) }

  @Test("of the requests of one second 4000 reach the source, and the rest is lost")
  func tooManyRequests() throws {
    let time = Time()
    let it = try Watched([.surfaces]) { time.seconds.withLock { $0 * 1_000_000_000 } }
    let source = DisplaySource()
    var received: [DisplayRequest] = []
    source.onRequest = { request, _ in received.append(request) }
    try source.add(it.sink, named: "view", policy: .optional)
    try it.frontEnd.receive { it.sink.features != nil }
    let answered = try EventCounter()
    /// Sends requests, and waits until the sink has taken them: it takes the reply that follows them.
    func send(_ numbers: Range<UInt32>, input count: Int = 0) throws {
      // At once, because a socket has room for few small messages.
      let presses = Array(repeating: [0x5C83, 0, 20, 0, 0, 30, 1, 0] as [UInt32], count: count)
      try it.frontEnd.send(numbers.flatMap { [0x5C81, 0, 12, 0, $0, 0] as [UInt32] } + presses.joined())
      it.sink.askOutputs { _ in answered.signal() }
      let questions = it.frontEnd.messages.count { $0 == .getDisplayInfo }
      try it.frontEnd.receive { it.frontEnd.messages.count { $0 == .getDisplayInfo } > questions }
      #expect(try answered.wait(timeoutMilliseconds: 60_000))
      try source.serve()
    }
    try send(0..<2000)
    try send(2000..<4100)
    #expect(received == (0..<4000).map { .presented($0) })
    try send(4100..<4101)
    #expect(received.count == 4000)
    time.seconds.withLock { $0 += 1 }
    try send(4101..<4102)
    #expect(received.count == 4001 && received.last == .presented(4101))
    // Of input that is left out, everything is released, once.
    time.seconds.withLock { $0 += 1 }
    received = []
    try send(0..<3999, input: 500)
    #expect(received.count == 4001 && received[3999] == .input(.key(KeyCode(rawValue: 30), isPressed: true)))
    #expect(received.last == .input(.releaseAll))
  }
}

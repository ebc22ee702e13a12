import Display
import DisplayPeers
import DisplaySocket
import GuestDriver
import LinuxIO
import ScanoutTesting
import Serving
import Testing
import VhostUser
import VirtioGPU
import Wire

@Suite("The display of a back end behind a tap")
struct TapDisplayTests {
  private let size = Size(width: 64, height: 48)

  private func connect(to tap: TapThread) throws -> (driver: GPUDriver, link: VhostUserLink) {
    let ram = try GuestRAM(count: 64 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: tap.path, timeout: .seconds(60)), ram: ram)
    return (try GPUDriver(link, ram: ram), link)
  }

  @Test("frames and cursors arrive as the guest has them, though its virtual machine gives no display")
  func frames() throws {
    let served = try ServedDevice(outputs: [Output(size: size), Output(size: size)])
    defer { served.stop() }
    let tap = try TapThread(.socket(served.path), outputs: [Output(size: size), Output(size: size)])
    defer { tap.stop() }
    let guest = try connect(to: tap)
    for (index, format) in PixelFormat.allCases.enumerated() {
      let frame = try Framebuffer(guest.driver, size: size, format: format, kind: index % 2 == 0 ? .resource2D : .blob)
      frame.surface.draw(UInt8(index))
      try frame.show(on: index % 2)
      try frame.flush()
      let colors = try frame.surface.colors
      #expect(try tap.shown.wait { try $0.surfaces[index % 2]?.colors == colors }, "\(format)")
    }
    let cursor = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
    cursor.surface.draw(7)
    try guest.driver.showCursor(cursor, on: 0, at: Point(x: -3, y: 5), hotSpot: Point(x: 1, y: 2))
    #expect(
      try tap.shown.wait { $0.entries.contains(.cursor(0, Size(width: 64, height: 64), hotSpot: Point(x: 1, y: 2))) })
    let image = try cursor.surface.colors
    #expect(try tap.shown.read { try $0.cursors[0]?.surface.colors == image })
    try guest.driver.moveCursor(on: 0, to: Point(x: 9, y: 8))
    #expect(try tap.shown.wait { $0.entries.contains(.cursorMoved(0, Point(x: 9, y: 8))) })
    try guest.driver.disable(0)
    #expect(try tap.shown.wait { $0.entries.contains(.off(0)) && !$0.entries.contains(.off(1)) })
  }

  @Test("when the virtual machine leaves, everything is off, and the next one is shown")
  func leaves() throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let tap = try TapThread(.socket(served.path))
    defer { tap.stop() }
    for turn in 1...10 {
      do {
        let guest = try connect(to: tap)
        let frame = try Framebuffer(guest.driver, size: size, format: .b8g8r8x8)
        frame.surface.draw(UInt8(turn))
        try frame.show(on: 0)
        try frame.flush()
        let cursor = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
        try guest.driver.showCursor(cursor, on: 0, at: .zero, hotSpot: .zero)
        let colors = try frame.surface.colors
        #expect(try tap.shown.wait { try $0.surfaces[0]?.colors == colors && $0.cursors[0] != nil })
      }
      #expect(try tap.shown.wait { $0.entries.count { $0 == .off(0) } == turn && $0.cursors[0] == nil })
    }
  }

  @Test(
    "a guest's virtual machine gets the frames as well with forwarding, and otherwise its display stays open and black")
  func forwarding() throws {
    for forwards in [true, false] {
      let served = try ServedDevice()
      defer { served.stop() }
      let tap = try TapThread(.socket(served.path), forwards: forwards)
      defer { tap.stop() }
      let guest = try connect(to: tap)
      let (frontEnd, socket) = try ScriptedFrontEnd.makeOpen()
      try guest.link.frontEnd.attachDisplay(socket)
      _ = consume socket
      let frame = try Framebuffer(guest.driver, size: size, format: .r8g8b8x8)
      frame.surface.draw(9)
      try frame.show(on: 0)
      try frame.flush()
      let colors = try frame.surface.colors
      #expect(try tap.shown.wait { try $0.surfaces[0]?.colors == colors })
      if forwards {
        try frontEnd.receive { try frontEnd.images[0]?.colors == colors }
      } else {
        #expect(try frontEnd.socket.receive(1).wouldBlock)
      }
    }
  }

  @Test("ticks come at the rate of the output while anything changes, and none while nothing does")
  func ticks() throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let tap = try TapThread(.socket(served.path), outputs: [Output(size: size, refreshMillihertz: 1_000_000)])
    defer { tap.stop() }
    let guest = try connect(to: tap)
    let frame = try Framebuffer(guest.driver, size: size, format: .b8g8r8x8)
    try frame.show(on: 0)
    func isTick(_ entry: EventRecorder.Entry?) -> Bool { if case .vsync = entry { true } else { false } }
    for shade in 1...3 as ClosedRange<UInt8> {
      frame.surface.draw(shade)
      try frame.flush()
      let colors = try frame.surface.colors
      #expect(try tap.shown.wait { try $0.surfaces[0]?.colors == colors && isTick($0.entries.last) })
    }
    // The tick of a frame before the scanout is off comes before that.
    frame.surface.draw(77)
    try frame.flush()
    try guest.driver.disable(0)
    #expect(try tap.shown.wait { $0.entries.last == .off(0) })
    let entries = tap.shown.read { $0.entries }
    #expect(isTick(entries.dropLast().last))
    #expect(!zip(entries, entries.dropFirst()).contains { isTick($0) && isTick($1) }, "\(entries)")
  }

  @Test("a recording that is behind holds the back end, and gets every frame that it sends")
  func holds() throws {
    let backEnd = try RawBackEnd()
    let tap = try TapThread(.socket(backEnd.path), holds: true)
    defer { tap.stop() }
    let (display, session) = try backEnd.connect(to: tap)
    defer { withExtendedLifetime(session) {} }
    try display.send(backEnd.scanout(size))
    for shade in 0..<10 as Range<UInt8> { try display.send(backEnd.update(size, shade)) }
    for shade in 0..<10 as Range<UInt8> {
      #expect(try tap.shown.wait { $0.frames[0] == UInt64(shade) + 1 })
      #expect(try tap.shown.read { try $0.surfaces[0]?.colors.first } == shade)
      tap.shown.release()
    }
  }

  @Test("a back end that refuses a further display socket goes on with its first; one that takes it leaves the first")
  func furtherSockets() throws {
    let backEnd = try RawBackEnd()
    let tap = try TapThread(.socket(backEnd.path))
    defer { tap.stop() }
    let (first, session) = try backEnd.connect(to: tap)
    try first.send(backEnd.scanout(size) + backEnd.update(size, 1))
    #expect(try tap.shown.wait { $0.frames[0] == 1 })
    // As after a reboot of QEMU's guest: sockets that the back end never uses.
    var unused: [UnixSocket] = []
    for shade in 2...5 as ClosedRange<UInt8> {
      unused.append(try session.giveDisplay())
      try first.send(backEnd.update(size, shade))
      #expect(try tap.shown.wait { $0.frames[0] == UInt64(shade) })
    }
    // All but the last of them are closed.
    for socket in unused.dropLast() { #expect(try socket.isClosed()) }
    try first.setUp()
    let last = try #require(unused.last)
    try last.setUp()
    #expect(try first.isClosed())
    try last.send(backEnd.scanout(size) + backEnd.update(size, 6))
    #expect(try tap.shown.wait { $0.frames[0] == 6 })
  }

  @Test("a back end that breaks the display protocol loses its display, and its guest goes on")
  func refused() throws {
    let backEnd = try RawBackEnd()
    let tap = try TapThread(.socket(backEnd.path))
    defer { tap.stop() }
    let (display, session) = try backEnd.connect(to: tap)
    // An update of a scanout that is off, which crashes QEMU.
    try display.send(backEnd.update(size, 1))
    #expect(try display.isClosed())
    let again = try session.giveDisplay()
    try again.setUp()
    try again.send(backEnd.scanout(size) + backEnd.update(size, 2))
    #expect(try tap.shown.wait { $0.frames[0] == 1 })
  }
}

/// A back end whose messages are written by hand: it takes the display socket, and knows nothing else.
private struct RawBackEnd {
  let path: String
  private let listener: UnixListener

  init() throws {
    path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    listener = try UnixListener(path: path)
  }

  /// A virtual machine and the back end's connection to it.
  struct RawSession {
    let frontEnd: UnixSocket
    let backEnd: UnixSocket
    private let unused: UnixSocket

    init(_ frontEnd: UnixSocket, _ backEnd: UnixSocket) throws {
      (self.frontEnd, self.backEnd) = (frontEnd, backEnd)
      unused = try UnixSocket.makePair().0
    }

    /// The virtual machine gives a display socket; returns what the back end gets.
    func giveDisplay() throws -> UnixSocket {
      var message = ByteWriter()
      for value in [33, 1, 0] as [UInt32] { message.u32(value) }
      try frontEnd.send(message.bytes, descriptors: [unused.descriptor])
      try #require(try backEnd.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000))
      let received = try backEnd.receive(12)
      #expect(received.bytes == message.bytes)
      return UnixSocket(try #require(received.descriptors.first))
    }
  }

  func connect(to tap: TapThread) throws -> (display: UnixSocket, session: RawSession) {
    let frontEnd = try UnixSocket.connect(to: tap.path)
    try #require(try listener.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000))
    let session = try RawSession(frontEnd, try #require(try listener.accept()))
    let display = try session.giveDisplay()
    try display.setUp()
    return (display, session)
  }

  func scanout(_ size: Size) -> [UInt8] { words(7, 0, 12, 0, size.width, size.height) }

  /// An update of everything, in one shade of grey.
  func update(_ size: Size, _ shade: UInt8) -> [UInt8] {
    let count = Int(size.area) * 4
    return words(8, 0, UInt32(20 + count), 0, 0, 0, size.width, size.height)
      + [UInt8](repeating: shade, count: count)
  }

  private func words(_ values: UInt32...) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.u32(value) }
    return writer.bytes
  }
}

extension UnixSocket {
  /// Asks for the features of a display socket, and chooses none.
  fileprivate func setUp() throws {
    var writer = ByteWriter()
    for value in [1, 0, 0] as [UInt32] { writer.u32(value) }
    try send(writer.bytes)
    try #require(try descriptor.wait(for: .readable, timeoutMilliseconds: 60_000))
    #expect(try receive(20).bytes.count == 20)
    writer = ByteWriter()
    for value in [2, 0, 8, 0, 0] as [UInt32] { writer.u32(value) }
    try send(writer.bytes)
  }
}

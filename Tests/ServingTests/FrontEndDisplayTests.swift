import Display
import DisplayPeers
import DisplaySocket
import GuestDriver
import LinuxIO
import Testing
import VhostUser
import VirtioGPU

@Suite("The virtual machine's own display")
struct FrontEndDisplayTests {
  private let size = Size(width: 64, height: 48)

  private func attach(_ guest: (driver: GPUDriver, link: VhostUserLink)) throws -> ScriptedFrontEnd {
    let (frontEnd, socket) = try ScriptedFrontEnd.makeOpen()
    try guest.link.frontEnd.attachDisplay(socket)
    return frontEnd
  }

  @Test("frames of all eight formats arrive as the guest has them", arguments: PixelFormat.allCases)
  func formats(format: PixelFormat) throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let guest = try served.connect()
    let frontEnd = try attach(guest)
    let frame = try Framebuffer(guest.driver, size: size, format: format)
    frame.surface.draw(9)
    try frame.show(on: 0)
    try frame.flush()
    try frontEnd.receive { try frontEnd.images[0]?.colors == frame.surface.colors }
  }

  @Test("a part of a resource, shown on two scanouts, and a blob in the guest's memory")
  func parts() throws {
    let served = try ServedDevice(outputs: [Output(size: size), Output(size: size)])
    defer { served.stop() }
    let guest = try served.connect()
    let frontEnd = try attach(guest)
    for kind in [Framebuffer.Kind.resource2D, .blob] {
      let frame = try Framebuffer(guest.driver, size: Size(width: 100, height: 80), format: .b8g8r8x8, kind: kind)
      frame.surface.draw(kind == .blob ? 1 : 2)
      let part = Rectangle(x: 20, y: 12, width: 64, height: 48)
      for scanout in 0..<2 { try frame.show(on: scanout, part) }
      try frame.flush()
      let expected = try Surface(part, of: frame.surface).colors
      try frontEnd.receive {
        try frontEnd.images[0]?.colors == expected && frontEnd.images[1]?.colors == expected
      }
      let area = Rectangle(x: 30, y: 20, width: 8, height: 4)
      frame.surface.fill(area, with: Color(red: 9, green: 99, blue: 199))
      try frame.flush(area)
      let changed = try Surface(part, of: frame.surface).colors
      try frontEnd.receive { try frontEnd.images[0]?.colors == changed && frontEnd.images[1]?.colors == changed }
    }
  }

  @Test("a guest that changes its mode all the time is shown, and a cursor with it")
  func modes() throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let guest = try served.connect()
    let frontEnd = try attach(guest)
    let cursor = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
    cursor.surface.draw(7)
    try cursor.transfer()
    for turn in 1...100 {
      let size = Size(width: UInt32(16 + turn * 13 % 200), height: UInt32(16 + turn * 29 % 150))
      let frame = try Framebuffer(guest.driver, size: size, format: .b8g8r8x8)
      frame.surface.draw(UInt8(turn))
      try frame.show(on: 0)
      try frame.flush()
      try guest.driver.showCursor(cursor, on: 0, at: Point(x: Int32(turn), y: 3), hotSpot: Point(x: 1, y: 2))
      if turn % 20 == 0 {
        try frontEnd.receive {
          try frontEnd.images[0]?.colors == frame.surface.colors
            && frontEnd.cursors[0]?.position == Point(x: Int32(turn), y: 3)
        }
        #expect(try frontEnd.cursors[0]?.image.colors == cursor.surface.colors)
      }
      try guest.driver.disable(0)
      try frame.unref()
    }
    try guest.driver.hideCursor(on: 0)
    try frontEnd.receive { frontEnd.images[0] == nil && frontEnd.cursors[0] == nil }
  }

  @Test("a display that stalls does not slow the guest, and shows the last frame exactly when it goes on")
  func stalls() throws {
    let served = try ServedDevice(outputs: [Output(size: Size(width: 1024, height: 768))])
    defer { served.stop() }
    let guest = try served.connect()
    let frontEnd = try attach(guest)
    let frame = try Framebuffer(guest.driver, size: Size(width: 1024, height: 768), format: .b8g8r8x8)
    try frame.show(on: 0)
    // Every flush is responded to, though nothing is read.
    for turn in 0..<500 as Range<UInt32> {
      let area = Rectangle(x: turn * 2 % 1000, y: turn % 700, width: 24, height: 32)
      frame.surface.fill(area, with: Color(red: UInt8(truncatingIfNeeded: turn), green: 7, blue: 70))
      try frame.flush(area)
    }
    try frontEnd.receive { try frontEnd.images[0]?.colors == frame.surface.colors }
    #expect(frontEnd.messages.count < 100)
  }

  @Test("a thousand sockets, the last of which gets the whole current state")
  func thousandSockets() throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let guest = try served.connect()
    let frame = try Framebuffer(guest.driver, size: size, format: .b8g8r8x8)
    frame.surface.draw(3)
    try frame.show(on: 0)
    try frame.flush()
    for turn in 0..<1000 {
      let (frontEnd, socket) = try ScriptedFrontEnd.makeOpen()
      try guest.link.frontEnd.attachDisplay(socket)
      if turn % 3 == 0 { frontEnd.socket.shutdown() }
      if turn % 3 == 1, turn % 100 == 1 { _ = try frontEnd.next() }
    }
    let last = try attach(guest)
    try last.receive { try last.images[0]?.colors == frame.surface.colors }
    // One that is no socket takes the display away, and nothing else.
    try guest.link.frontEnd.attachDisplay(MappedMemory.makeFile(named: "no-socket", count: 4096))
    try last.receiveAll()
    try frame.flush()
  }

  @Test("a guest that resets its device has the display again with the next socket")
  func resets() throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let ram = try GuestRAM(count: 64 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: served.path), ram: ram)
    for turn in 1...10 {
      let (frontEnd, socket) = try ScriptedFrontEnd.makeOpen()
      try link.frontEnd.attachDisplay(socket)
      let driver = try GPUDriver(link, ram: ram)
      let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
      frame.surface.draw(UInt8(turn))
      try frame.show(on: 0)
      try frame.flush()
      try frontEnd.receive { try frontEnd.images[0]?.colors == frame.surface.colors }
      frontEnd.socket.shutdown()
      try link.reset()
    }
  }
}

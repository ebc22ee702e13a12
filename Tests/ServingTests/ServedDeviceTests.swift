import Display
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite("The device over vhost-user")
struct ServedDeviceTests {
  @Test("a guest in another thread draws, and the scanout shows it byte for byte")
  func draws() throws {
    let served = try ServedDevice()
    let guest = try served.connect()
    #expect(try guest.driver.displayInfo()[0].size == Size(width: 64, height: 48))
    #expect(try guest.driver.edid(of: 0).count == 128)
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8, run: 4096)
    frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: 1, green: 2, blue: 3))
    try frame.show(on: 0)
    try frame.flush(Rectangle(x: 8, y: 8, width: 16, height: 4))
    let cursor = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
    try guest.driver.showCursor(cursor, on: 0, at: Point(x: -3, y: 5), hotSpot: Point(x: 1, y: 1))
    served.stop()
    #expect(
      served.recorder.entries.filter { if case .vsync = $0 { false } else { true } }.prefix(4) == [
        .scanout(0, Size(width: 64, height: 48), .b8g8r8x8), .damage(0, Rectangle(x: 8, y: 8, width: 16, height: 4)),
        .cursor(0, Size(width: 64, height: 64), hotSpot: Point(x: 1, y: 1)),
        .cursorMoved(0, Point(x: -3, y: 5)),
      ])
    // Stopping turns the scanouts off.
    #expect(served.recorder.entries.suffix(2) == [.cursor(0, nil, hotSpot: nil), .off(0)])
  }

  @Test("the scanouts are off after a guest disconnects, and the next hundred guests are served")
  func reconnect() throws {
    let served = try ServedDevice()
    for _ in 0..<100 {
      let guest = try served.connect()
      let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
      #expect(frame.resourceID == 1)
      try frame.show(on: 0)
      try frame.flush()
    }
    served.stop()
    let all = Rectangle(x: 0, y: 0, width: 64, height: 48)
    #expect(served.recorder.entries.filter { $0 == .damage(0, all) }.count == 100)
    #expect(served.recorder.entries.filter { $0 == .off(0) }.count == 100)
  }

  @Test("a guest resets its device a hundred times and starts it again")
  func guestReset() throws {
    let served = try ServedDevice()
    let ram = try GuestRAM(count: 64 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: served.path), ram: ram)
    for _ in 0..<100 {
      let driver = try GPUDriver(link, ram: ram)
      let frame = try Framebuffer(driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
      try frame.show(on: 0)
      try frame.flush()
      try link.reset()
    }
    served.stop()
    #expect(served.recorder.entries.filter { $0 == .off(0) }.count == 100)
  }

  @Test("queues that stop and go on from where they were lose nothing, a hundred times")
  func stopAndContinue() throws {
    let served = try ServedDevice()
    let guest = try served.connect()
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    for _ in 0..<100 {
      try guest.link.pause()
      try guest.link.resume(control: guest.driver.control, cursor: guest.driver.cursor)
      try frame.flush()
    }
    served.stop()
    let all = Rectangle(x: 0, y: 0, width: 64, height: 48)
    #expect(served.recorder.entries.filter { $0 == .damage(0, all) }.count == 100)
  }

  @Test("a display socket may come any number of times; the one before is closed, and this one stays open")
  func displaySockets() throws {
    let served = try ServedDevice()
    let guest = try served.connect()
    var last: UnixSocket?
    for _ in 0..<100 {
      let (mine, theirs) = try UnixSocket.makePair()
      try guest.link.frontEnd.attachDisplay(theirs.descriptor)
      if let last { while try !last.receive(4096).isEnd {} }
      last = mine
    }
    let newest = try #require(last)
    try newest.descriptor.setNonBlocking()
    #expect(try guest.driver.displayInfo()[0].isEnabled)
    _ = try newest.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000)
    // It was asked for its features, and is waited for.
    #expect(try newest.receive(100).bytes == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(try newest.receive(1).wouldBlock)
    served.stop()
  }

  @Test("a memory table that changes while the guest draws keeps what it still has")
  func memoryTable() throws {
    let served = try ServedDevice()
    let guest = try served.connect()
    let frame = try Framebuffer(guest.driver, size: Size(width: 64, height: 48), format: .b8g8r8x8)
    try frame.show(on: 0)
    for round in 0..<10 {
      let extra = try MappedMemory.makeFile(named: "extra", count: 1 << 20)
      let region = MemoryRegion(
        guestAddress: 0x1_0000_0000, count: 1 << 20, userAddress: 0x1_0000_0000, fileOffset: 0)
      try guest.link.frontEnd.share(
        guest.link.frontEnd.memory.prefix(1) + (round % 2 == 0 ? [SharedRegion(region, file: extra)] : []))
      try frame.flush()
    }
    served.stop()
    let all = Rectangle(x: 0, y: 0, width: 64, height: 48)
    #expect(served.recorder.entries.filter { $0 == .damage(0, all) }.count == 10)
  }
}

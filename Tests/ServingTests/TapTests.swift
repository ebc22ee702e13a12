import Display
import DisplayPeers
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Serving
import Testing
import VhostUser
import VirtioGPU

@Suite("A tap between a virtual machine and a back end")
struct TapTests {
  private let size = Size(width: 64, height: 48)

  private func connect(to path: String) throws -> (driver: GPUDriver, link: VhostUserLink) {
    let ram = try GuestRAM(count: 64 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: path, timeout: .seconds(60)), ram: ram)
    return (try GPUDriver(link, ram: ram), link)
  }

  /// What a guest does, and what its device then shows.
  private func draw(_ guest: (driver: GPUDriver, link: VhostUserLink)) throws {
    for (index, format) in PixelFormat.allCases.enumerated() {
      let frame = try Framebuffer(guest.driver, size: size, format: format, kind: index % 2 == 0 ? .resource2D : .blob)
      frame.surface.draw(UInt8(index))
      try frame.show(on: 0)
      try frame.flush()
      try frame.flush(Rectangle(x: 5, y: 6, width: 7, height: 8))
    }
    let cursor = try Framebuffer(guest.driver, size: Size(width: 64, height: 64), format: .b8g8r8a8)
    cursor.surface.draw(7)
    try guest.driver.showCursor(cursor, on: 0, at: Point(x: -3, y: 5), hotSpot: Point(x: 1, y: 1))
    try guest.driver.moveCursor(on: 0, to: Point(x: 9, y: 9))
  }

  private func entries(of device: ServedDevice) -> [EventRecorder.Entry] {
    device.recorder.entries.filter { if case .vsync = $0 { false } else { true } }
  }

  @Test("a guest sees the same device through a tap, and the device gets the same from its guest")
  func sameDevice() throws {
    let (plain, tapped) = (try ServedDevice(), try ServedDevice())
    let tap = try TapThread(.socket(tapped.path), takesDisplay: false)
    defer { tap.stop() }
    let guests = (try plain.connect(), try connect(to: tap.path))
    #expect(guests.0.link.features == guests.1.link.features)
    #expect(guests.0.link.frontEnd.protocolFeatures == guests.1.link.frontEnd.protocolFeatures)
    #expect(try guests.0.driver.displayInfo() == guests.1.driver.displayInfo())
    #expect(try guests.0.driver.edid(of: 0) == guests.1.driver.edid(of: 0))
    try draw(guests.0)
    try draw(guests.1)
    // A request of the device to its front end comes through as well.
    for device in [plain, tapped] {
      try device.perform { $0.setOutputs(OutputLayout([Output(size: Size(width: 800, height: 600))])) }
    }
    for guest in [guests.0, guests.1] {
      #expect(try guest.driver.displayInfo()[0].size == Size(width: 800, height: 600))
      #expect(try guest.driver.takeEvents() == 1)
    }
    plain.stop()
    tapped.stop()
    #expect(entries(of: plain) == entries(of: tapped))
    #expect(entries(of: plain).count > 20)
  }

  @Test("a guest resets, pauses and goes on through a tap, and the next guests are served")
  func lives() throws {
    let served = try ServedDevice()
    let tap = try TapThread(.socket(served.path), takesDisplay: false)
    defer { tap.stop() }
    for turn in 1...20 {
      let ram = try GuestRAM(count: 64 << 20)
      let link = try VhostUserLink(FrontEnd.connect(to: tap.path, timeout: .seconds(60)), ram: ram)
      for _ in 0..<3 {
        let driver = try GPUDriver(link, ram: ram)
        let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
        frame.surface.draw(UInt8(turn))
        try frame.show(on: 0)
        try frame.flush()
        try link.pause()
        try link.resume(control: driver.control, cursor: driver.cursor)
        try frame.flush()
        try link.reset()
      }
      _ = consume link
      #expect(try tap.nextEvent() == .ended("the virtual machine closed the connection", isOrderly: true))
    }
    served.stop()
    #expect(served.recorder.entries.filter { $0 == .damage(0, Rectangle(size)) }.count == 120)
  }

  @Test("the display of the virtual machine gets the frames of a device behind a tap")
  func display() throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let tap = try TapThread(.socket(served.path), takesDisplay: false)
    defer { tap.stop() }
    let guest = try connect(to: tap.path)
    let (frontEnd, socket) = try ScriptedFrontEnd.makeOpen()
    try guest.link.frontEnd.attachDisplay(socket)
    let frame = try Framebuffer(guest.driver, size: size, format: .b8g8r8x8)
    frame.surface.draw(9)
    try frame.show(on: 0)
    try frame.flush()
    try frontEnd.receive { try frontEnd.images[0]?.colors == frame.surface.colors }
  }

  @Test("a second virtual machine is turned away, and the first one goes on")
  func second() throws {
    let served = try ServedDevice()
    defer { served.stop() }
    let tap = try TapThread(.socket(served.path), takesDisplay: false)
    defer { tap.stop() }
    let guest = try connect(to: tap.path)
    let other = try UnixSocket.connect(to: tap.path)
    #expect(try other.receive(1).isEnd)
    #expect(try tap.nextEvent() == .refused)
    #expect(try guest.driver.displayInfo()[0].size == size)
  }

  @Test("without a back end a virtual machine is told so by the end of its connection, and the log says what to do")
  func nobody() throws {
    let path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    let tap = try TapThread(.socket(path), takesDisplay: false)
    defer { tap.stop() }
    for _ in 0..<2 {
      #expect(try UnixSocket.connect(to: tap.path).receive(1).isEnd)
      #expect(
        try tap.nextEvent()
          == .noBackEnd("nothing listens at \(path): start the back end there, then the virtual machine again"))
    }
  }

  @Test("a back end that leaves, or breaks the protocol, ends the session, and the next one is served")
  func badBackEnds() throws {
    let path = "/tmp/scanout-test-\(UInt64.random(in: 0 ... .max)).sock"
    let listener = try UnixListener(path: path)
    let tap = try TapThread(.socket(path), takesDisplay: false)
    defer { tap.stop() }
    let answers: [(bytes: [UInt8], reason: String)] = [
      ([], "the back end \(path) closed the connection"),
      ([1, 0, 0, 0], "the back end broke the protocol: the peer left after 4 bytes of a message"),
      (
        [1, 0, 0, 0, 5, 0, 0, 0, 255, 255, 255, 255],
        "the back end broke the protocol: getFeatures (1) claims 4294967295 bytes"
      ),
    ]
    for (bytes, reason) in answers {
      let guest = try UnixSocket.connect(to: tap.path)
      #expect(try listener.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000))
      let backEnd = try #require(try listener.accept())
      if !bytes.isEmpty { try backEnd.send(bytes) }
      backEnd.shutdown()
      #expect(try guest.receive(1).isEnd)
      let event = try #require(try tap.nextEvent())
      #expect(event.description.hasPrefix(reason), "\(event)")
    }
  }

  /// A back-end program: a script of the shell, which has the socket at descriptor 3.
  private func program(_ script: String, in folder: TemporaryFolder) throws -> String {
    let path = folder.path("program")
    try folder.write(Array("#!/bin/sh\n[ \"$1\" = --fd=3 ] || exit 99\n\(script)\n".utf8), to: "program")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    return path
  }

  @Test("a program is started for each virtual machine, and how it ends is in the log")
  func programs() throws {
    let cases: [(script: String, reason: String)] = [
      ("exit 7", "ended with exit code 7"),
      ("kill -9 $$", "was killed by signal 9"),
      // The first message reaches it, and it leaves.
      ("head -c 1 <&3 > /dev/null", "ended with exit code 0"),
    ]
    for (script, reason) in cases {
      let folder = try TemporaryFolder()
      let tap = try TapThread(.program(program(script, in: folder), arguments: []))
      defer { tap.stop() }
      for _ in 0..<2 {
        let guest = try UnixSocket.connect(to: tap.path)
        try? guest.send([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
        #expect(try guest.isClosed())
        let event = try #require(try tap.nextEvent())
        #expect(event.description.contains(reason), "\(event)")
      }
    }
    let missing = try TapThread(.program("/nowhere/back-end", arguments: []))
    defer { missing.stop() }
    #expect(try UnixSocket.connect(to: missing.path).receive(1).isEnd)
    #expect(
      try missing.nextEvent() == .noBackEnd("there is no back-end program /nowhere/back-end"))
  }

  @Test("a program that stays when its virtual machine has left is killed, before the next one is served")
  func stubbornProgram() throws {
    let folder = try TemporaryFolder()
    let tap = try TapThread(.program(program("exec sleep 1000", in: folder), arguments: []))
    defer { tap.stop() }
    for _ in 0..<2 {
      try UnixSocket.connect(to: tap.path).shutdown()
      let event = try #require(try tap.nextEvent())
      #expect(event.description.hasPrefix("the virtual machine closed the connection, and the back-end program"))
    }
  }
}

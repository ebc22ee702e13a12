import Display
import DisplaySocket
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite("Outputs of the virtual machine's own display", .timeLimit(.minutes(5)))
struct FrontEndOutputsTests {
  private let folder = TemporaryFolder.forSuite()

  private func start(_ more: [String] = []) throws -> Program.Running {
    let running = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--control", folder.path("c"), "--discard"] + more)
    try #require(running.logs("waiting for a virtual machine"))
    return running
  }

  private func connect() throws -> (driver: GPUDriver, frontEnd: FrontEnd) {
    let ram = try GuestRAM(count: 16 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: folder.path("s"), timeout: .seconds(60)), ram: ram)
    return (try GPUDriver(link, ram: ram), link.frontEnd)
  }

  /// A display of the virtual machine that has these outputs.
  private func attach(_ outputs: [Output], to frontEnd: FrontEnd) throws -> DisplayFrontEnd {
    let (ours, theirs) = try UnixSocket.makePair()
    let display = try DisplayFrontEnd(ours, outputs: outputs)
    try frontEnd.attachDisplay(theirs.descriptor)
    return display
  }

  private func end(_ running: Program.Running) {
    running.process.terminate()
    #expect(running.finish().status == 0)
  }

  private let small = Output(size: Size(width: 800, height: 600))

  @Test("with no output given, the guest sees what the display has, and a later change wins until the display changes")
  func follows() throws {
    let running = try start()
    let (driver, frontEnd) = try connect()
    #expect(try driver.link.configuration(count: 16)[8] == 16)
    do {
      let display = try attach([Output(size: Size(width: 1024, height: 768)), .unplugged, small], to: frontEnd)
      // QEMU says 0,0 for each output.
      let edid = try driver.edid(of: 2)
      #expect(UInt32(edid[56]) | UInt32(edid[58] & 0xf0) << 4 == 800)
      var info = try driver.displayInfo()
      #expect(info.map(\.isEnabled) == [true, false, true] + Array(repeating: false, count: 13))
      #expect(info[0].size == Size(width: 1024, height: 768))
      #expect(info[2].position == Point(x: 1024, y: 0))
      #expect(running.logs("output 2 is set by the virtual machine's display: 800x600 at 60 Hz, at 1024,0"))
      #expect(try Program.run(["output", "resize", folder.path("c"), "0", "640x480"]).status == 0)
      info = try driver.displayInfo()
      #expect(info[0].size == Size(width: 640, height: 480))
      withExtendedLifetime(display) {}
    }
    let display = try attach([small, .unplugged, small], to: frontEnd)
    #expect(try driver.displayInfo()[0].size == small.size)
    withExtendedLifetime(display) {}
    end(running)
  }

  @Test("outputs that are given win")
  func given() throws {
    let running = try start(["--output", "640x480"])
    let (driver, frontEnd) = try connect()
    let display = try attach([small, small], to: frontEnd)
    let info = try driver.displayInfo()
    #expect(info[0].size == Size(width: 640, height: 480) && !info[1].isEnabled)
    withExtendedLifetime(display) {}
    end(running)
  }

  @Test("any numbers become outputs that guests take")
  func limits() throws {
    let running = try start()
    let (driver, frontEnd) = try connect()
    let far = Output(size: Size(width: .max, height: 1), position: Point(x: .min, y: .max))
    let display = try attach(Array(repeating: far, count: 16), to: frontEnd)
    let info = try driver.displayInfo()
    #expect(info.allSatisfy { $0.size == Size(width: 8192, height: 64) })
    #expect(info[15].position == Point(x: 15 * 8192, y: 0))
    withExtendedLifetime(display) {}
    end(running)
  }

  @Test("a display that does not reply costs the guest a second, once")
  func silent() throws {
    let running = try start()
    let (driver, frontEnd) = try connect()
    let (ours, theirs) = try UnixSocket.makePair()
    try frontEnd.attachDisplay(theirs.descriptor)
    let start = Alarm.now
    #expect(try driver.displayInfo()[0].size == Size(width: 1280, height: 800))
    #expect(Alarm.now - start >= 900_000_000)
    // Not a second each: a hundred would take longer than the test may.
    for _ in 0..<400 { _ = try driver.edid(of: 0) }
    // A stopped virtual machine has its driver served all the same.
    withExtendedLifetime(ours) {}
    end(running)
  }
}

import Display
import DisplayServers
import GuestDriver
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite(
  "Windows of a served guest", .serialized, .timeLimit(.minutes(5)),
  .enabled(if: Xvfb.isInstalled && Xvfb.canActAsUser))
struct WindowSizeTests {
  private let folder = TemporaryFolder.forSuite()

  /// Serves with a window, lets a guest show 320x240, has the user resize the window, and lends what is there then.
  private func resize(_ options: [String], _ body: (GPUDriver, FrontEnd) throws -> Void) throws {
    let server = try Xvfb(Size(width: 800, height: 600))
    let running = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--window", "--once", "--output", "320x240"] + options,
      environment: ["DISPLAY": server.display])
    try #require(running.logs("waiting for a virtual machine"))
    do {
      let ram = try GuestRAM(count: 16 << 20)
      let link = try VhostUserLink(FrontEnd.connect(to: folder.path("s")), ram: ram)
      try link.frontEnd.openBackEndChannel()
      let driver = try GPUDriver(link, ram: ram)
      try show(Size(width: 320, height: 240), driver)
      try server.act(on: "320x240", ["windowsize", "400", "300", "windowsize", "501", "399"])
      try body(driver, link.frontEnd)
    }
    #expect(running.finish().status == 0)
    withExtendedLifetime(server) {}
  }

  private func show(_ size: Size, _ driver: GPUDriver) throws {
    let frame = try Framebuffer(driver, size: size, format: .b8g8r8x8)
    try frame.show(on: 0)
    try frame.flush()
  }

  @Test("a guest is asked for the size that the user gave its window, once")
  func asks() throws {
    try resize([]) { (driver: GPUDriver, frontEnd: FrontEnd) throws in
      var asked = Size(width: 400, height: 300)
      // If the user is slow, the guest is asked for the size in between as well.
      while asked == Size(width: 400, height: 300) {
        #expect(try frontEnd.waitForConfigurationChange(within: .seconds(10)))
        #expect(try driver.takeEvents() == 1)
        asked = try driver.displayInfo()[0].size
      }
      let size = Size(width: 501, height: 399)
      #expect(asked == size)
      try show(size, driver)
      #expect(try !frontEnd.waitForConfigurationChange(within: .milliseconds(400)))
    }
  }

  @Test("with --keep-modes it is not")
  func keeps() throws {
    try resize(["--keep-modes"]) { (driver: GPUDriver, frontEnd: FrontEnd) throws in
      #expect(try !frontEnd.waitForConfigurationChange(within: .milliseconds(400)))
      #expect(try driver.displayInfo()[0].size == Size(width: 320, height: 240))
    }
  }
}

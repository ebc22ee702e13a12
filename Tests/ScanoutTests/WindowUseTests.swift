import Display
import DisplayServers
import GuestDriver
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite(
  "A guest used in its window", .serialized, .timeLimit(.minutes(5)),
  .enabled(if: Xvfb.isInstalled && Xvfb.canActAsUser))
struct WindowUseTests {
  private let folder = TemporaryFolder.forSuite()

  /// Waits until the guest's driver has seen an event, and returns all of them until then.
  private func events(of guest: InputGuest, until last: String) throws -> [String] {
    var seen: [String] = []
    while !seen.contains(last) {
      guard try guest.wait() else { break }
      seen += try guest.take()
    }
    return seen
  }

  @Test("real keys, buttons and wheels of a window arrive as the guest's events, at the pixel that is drawn there")
  func use() throws {
    let server = try Xvfb(Size(width: 800, height: 600))
    let running = try Program.start(
      [
        "serve", "--socket-path", folder.path("s"), "--window", "--once", "--output", "320x240", "--keep-modes",
        "--input-sockets", folder.path("in"),
      ], environment: ["DISPLAY": server.display])
    try #require(running.logs("waiting for a virtual machine"))
    do {
      let ram = try GuestRAM(count: 16 << 20)
      let driver = try GPUDriver(VhostUserLink(FrontEnd.connect(to: folder.path("s")), ram: ram), ram: ram)
      let (keyboard, tablet) = (
        try InputGuest(at: folder.path("in/keyboard.sock")), try InputGuest(at: folder.path("in/tablet.sock"))
      )
      #expect(running.logs("the guest listens to the keyboard") && running.logs("the guest listens to the tablet"))
      let frame = try Framebuffer(driver, size: Size(width: 320, height: 240), format: .b8g8r8x8)
      try frame.show(on: 0)
      try frame.flush()
      // Twice the size, with bars of 30 pixels at the sides.
      try server.act(
        on: "320x240", ["windowmove", "0", "0", "windowsize", "--sync", "700", "480", "windowfocus", "--sync"])
      try server.act(
        on: "320x240",
        [
          "mousemove", "--window", "%1", "231", "101", "click", "3", "click", "4", "mousemove", "--window", "%1", "5",
          "470",
          "click", "1", "key", "shift+a", "key", "Escape",
        ])
      // xdotool releases the keys of a chord in the order in which it pressed them.
      let keys = try events(of: keyboard, until: "1:1=0")
      #expect(keys == ["1:42=1", "1:30=1", "1:42=0", "1:30=0", "1:1=1", "1:1=0"], "\(keys)")
      func value(_ pixel: Int, of count: Int) -> Int { (2 * pixel + 1) * (1 << 20) / (2 * count) }
      let seen = try events(of: tablet, until: "1:272=0")
      let right = try #require(seen.firstIndex(of: "1:273=1"))
      #expect(
        seen[..<right].suffix(2) == ["3:0=\(value(100, of: 320))", "3:1=\(value(50, of: 240))"], "\(seen)")
      #expect(seen.contains("1:273=0") && seen.contains("2:8=1") && seen.contains("2:11=120"))
      // The bar at the left is the first column.
      let left = try #require(seen.firstIndex(of: "1:272=1"))
      #expect(seen[..<left].suffix(2) == ["3:0=\(value(0, of: 320))", "3:1=\(value(235, of: 240))"], "\(seen)")
    }
    #expect(running.finish().status == 0)
    withExtendedLifetime(server) {}
  }
}

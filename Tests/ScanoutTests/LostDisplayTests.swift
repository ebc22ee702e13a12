import Display
import DisplayServers
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite(
  "A display that is lost while it shows windows", .serialized, .timeLimit(.minutes(10)),
  .enabled(if: Xvfb.isInstalled && Xvfb.canActAsUser))
struct LostDisplayTests {
  private let folder = TemporaryFolder.forSuite()
  private let server: Xvfb

  init() throws {
    server = try Xvfb(Size(width: 800, height: 600))
  }

  /// How a display is lost.
  enum Loss: String, CaseIterable, CustomTestStringConvertible {
    /// The server dies.
    case crash
    /// The server disconnects the program that has the window, as with xkill.
    case kill
    var testDescription: String { rawValue }
  }

  private func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Program.Running {
    try Program.start(arguments, environment: environment.merging(["DISPLAY": server.display]) { $1 })
  }

  private func lose(_ loss: Loss, title: String) throws {
    // The window is there before, whatever happens to it.
    try server.act(on: title, loss == .kill ? ["windowkill"] : [])
    if loss == .crash { server.crash() }
  }

  @discardableResult
  private static func show(_ driver: GPUDriver, red: UInt8) throws -> Framebuffer {
    let frame = try Framebuffer(driver, size: Size(width: 320, height: 240), format: .b8g8r8x8)
    frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: red, green: 0, blue: 0))
    try frame.show(on: 0)
    try frame.flush()
    return frame
  }

  private static func connect(to socket: String) throws -> GPUDriver {
    let ram = try GuestRAM(count: 16 << 20)
    return try GPUDriver(VhostUserLink(FrontEnd.connect(to: socket, timeout: .seconds(60)), ram: ram), ram: ram)
  }

  private func expectComplete(_ dump: String) throws {
    let inspection = try Program.run(["inspect", dump])
    #expect(inspection.output.contains("finished     yes"), "\(inspection.output)")
  }

  @Test("costs the windows: guest and recording go on, and the device ends with exit code 74", arguments: Loss.allCases)
  func serve(loss: Loss) throws {
    let running = try start(["serve", "--socket-path", folder.path("s"), "--window", "--dump", folder.path("d")])
    try #require(running.logs("waiting for a virtual machine"))
    let driver = try Self.connect(to: folder.path("s"))
    try Self.show(driver, red: 1)
    try lose(loss, title: "320x240")
    #expect(running.logs("the display is gone, and the windows with it"))
    try Self.show(driver, red: 2)
    running.process.terminate()
    let outcome = running.finish()
    #expect(running.process.terminationReason == .exit && outcome.status == 74)
    let sentence = "the display \(server.display) is gone; every frame in \(folder.path("d")) is whole"
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    try expectComplete(folder.path("d"))
    #expect(FileManager.default.fileExists(atPath: folder.path("d/frames/0-000002.png")))
    #expect(!FileManager.default.fileExists(atPath: folder.path("s")))
  }

  @Test("while the guest draws it does so, too", arguments: Loss.allCases)
  func busy(loss: Loss) throws {
    let running = try start(["serve", "--socket-path", folder.path("s"), "--window", "--dump", folder.path("d")])
    try #require(running.logs("waiting for a virtual machine"))
    let socket = folder.path("s")
    let guest = try NamedThread("guest") {
      // Until the device ends, long after the display.
      guard let driver = try? Self.connect(to: socket), let frame = try? Self.show(driver, red: 1) else { return }
      while (try? frame.flush()) != nil {}
      // The device is told that the guest is gone only now.
      withExtendedLifetime(driver) {}
    }
    try lose(loss, title: "320x240")
    #expect(running.logs("the display is gone, and the windows with it"))
    running.process.terminate()
    let outcome = running.finish()
    guest.join()
    #expect(running.process.terminationReason == .exit && outcome.status == 74, "\(outcome.errors)")
    #expect(outcome.errors.contains("is whole"), "\(outcome.errors)")
    try expectComplete(folder.path("d"))
  }

  @Test("ends a device that records nothing, also before there is a window")
  func early() throws {
    let running = try start(["serve", "--socket-path", folder.path("s"), "--window"])
    try #require(running.logs("waiting for a virtual machine"))
    server.crash()
    let outcome = running.finish()
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("the display \(server.display) is gone"), "\(outcome.errors)")
  }

  @Test("leaves a replay's dump as complete as its source", arguments: Loss.allCases)
  func replay(loss: Loss) throws {
    try Program.run(["demo", "--no-window", "--dump", folder.path("demo")])
    let running = try start([
      "replay", folder.path("demo"), "--window", "--dump", folder.path("again"), "--rate", "0.5",
    ])
    try lose(loss, title: "scanout 0")
    let outcome = running.finish()
    #expect(outcome.status == 74)
    #expect(
      outcome.errors.contains("is gone; every frame in \(folder.path("again")) is whole"), "\(outcome.errors)")
    try expectComplete(folder.path("again"))
    let events = ["demo", "again"].map { FileManager.default.contents(atPath: folder.path("\($0)/events.jsonl")) }
    #expect(events[0] != nil && events[0] == events[1])
  }

  @Test("leaves the demo's frames complete")
  func demo() throws {
    let running = try start(["demo", "--window", "--keep-open", "--dump", folder.path("demo")])
    try lose(.crash, title: "scanout 0")
    let outcome = running.finish()
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("is whole"), "\(outcome.errors)")
    try expectComplete(folder.path("demo"))
  }

  @Test("closing the last window is not a lost display: a recording continues without it")
  func closed() throws {
    let running = try start(
      ["serve", "--socket-path", folder.path("s"), "--window", "--once", "--dump", folder.path("d")])
    try #require(running.logs("waiting for a virtual machine"))
    do {
      let driver = try Self.connect(to: folder.path("s"))
      try Self.show(driver, red: 1)
      // Without a window manager there is no request to close, so the window is destroyed.
      try server.act(on: "320x240", ["windowclose"])
      for red in UInt8(2)...20 { try Self.show(driver, red: red) }
    }
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    try expectComplete(folder.path("d"))
  }
}

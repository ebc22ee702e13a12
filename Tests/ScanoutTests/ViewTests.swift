import Display
import DisplayServers
import DisplaySocket
import Foundation
import GuestDriver
import LinuxIO
import ScanoutTesting
import Testing
import VhostUser
import VirtioGPU

@Suite(
  "Windows in a process of their own", .serialized, .timeLimit(.minutes(60)),
  .enabled(if: Xvfb.isInstalled && Xvfb.canActAsUser))
struct ViewTests {
  private let folder = TemporaryFolder.forSuite()
  private let server: Xvfb

  /// How often the process of the windows is killed; Tools/soak says more.
  private static let kills = ProcessInfo.processInfo.environment["SCANOUT_WINDOW_KILLS"].flatMap { Int($0) } ?? 5

  init() throws {
    server = try Xvfb(Size(width: 800, height: 600))
  }

  private var environment: [String: String] { ["DISPLAY": server.display] }
  private var control: String { folder.path("ctl") }

  private func serve(_ more: [String]) throws -> Program.Running {
    let running = try Program.start(
      ["serve", "--socket-path", folder.path("s"), "--control", control, "--output", "320x240"] + more,
      environment: environment)
    try #require(running.logs("waiting for a virtual machine"), "\(running.errors)")
    return running
  }

  private func view(_ more: [String] = []) throws -> Program.Running {
    try Program.start(["view", control] + more, environment: environment)
  }

  /// A guest whose frame is red.
  private func startGuest(red: UInt8) throws -> (GPUDriver, Framebuffer) {
    let ram = try GuestRAM(count: 16 << 20)
    let link = try VhostUserLink(FrontEnd.connect(to: folder.path("s"), timeout: .seconds(60)), ram: ram)
    let driver = try GPUDriver(link, ram: ram)
    let frame = try Framebuffer(driver, size: Size(width: 320, height: 240), format: .b8g8r8x8)
    try show(frame, red: red)
    return (driver, frame)
  }

  private func show(_ frame: Framebuffer, red: UInt8) throws {
    frame.surface.fill(Rectangle(frame.surface.size), with: Color(red: red, green: 0, blue: 0))
    try frame.show(on: 0)
    try frame.flush()
  }

  /// The process that shows windows for another one, once it runs.
  private func viewer(of running: Program.Running) throws -> pid_t {
    let parent = running.process.processIdentifier
    for _ in 0..<6000 {
      let children = try String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
      if let first = children.split(separator: " ").compactMap({ pid_t($0) }).first { return first }
      usleep(10_000)
    }
    throw CocoaError(.executableLoad)
  }

  /// Waits until a pixel in the middle of the only window, wherever that is, has this colour.
  private func waitForColor(_ color: UInt32) throws {
    for _ in 0..<6000 {
      for (x, y) in [(160, 120), (400, 300), (240, 180), (560, 420), (100, 100)] {
        if try server.pixel(x, y) == color { return }
      }
      usleep(10_000)
    }
    Issue.record("the window never had the colour \(String(color, radix: 16))")
  }

  @Test("are attached to a running device, show its present frame and later ones, and are detached and attached again")
  func attach() throws {
    let running = try serve(["--dump", folder.path("d"), "--once"])
    do {
      let (driver, frame) = try startGuest(red: 100)
      for turn in 0..<2 as Range<UInt8> {
        let viewer = try view()
        try server.act(on: "scanout 0, 320x240", [])
        try waitForColor(UInt32(turn == 0 ? 100 : 150) << 16)
        try show(frame, red: 150)
        try waitForColor(150 << 16)
        // Two at a time.
        let second = try view()
        #expect(running.logs("a display was attached"))
        // The threads of tests hold back the signals that a user sends, and programs inherit that.
        for viewer in [viewer, second] {
          kill(viewer.process.processIdentifier, SIGKILL)
          _ = viewer.finish()
        }
        #expect(running.logs("a display was detached"))
      }
      withExtendedLifetime(driver) {}
    }
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test("end with the device that they are attached to, or stay with --keep-open")
  func ends() throws {
    let running = try serve(["--discard", "--once"])
    let viewers: [Program.Running]
    do {
      let (driver, _) = try startGuest(red: 100)
      viewers = try [view(), view(["--keep-open"])]
      for _ in viewers { try server.act(on: "scanout 0, 320x240", []) }
      withExtendedLifetime(driver) {}
    }
    #expect(running.finish().status == 0)
    #expect(viewers[0].finish().status == 0, "\(viewers[0].errors)")
    try server.act(on: "ended", [])
    #expect(viewers[1].process.isRunning)
    kill(viewers[1].process.processIdentifier, SIGKILL)
    _ = viewers[1].finish()
  }

  @Test("may be killed while the guest draws: every frame is recorded, in order, and no fence is late")
  func killed() throws {
    let running = try serve(["--dump", folder.path("d"), "--window", "--once"])
    do {
      let (driver, frame) = try startGuest(red: 1)
      let process = try viewer(of: running)
      try server.act(on: "scanout 0, 320x240", [])
      kill(process, SIGKILL)
      for red in UInt8(2)...50 { try show(frame, red: red) }
      #expect(running.logs("signal 9 killed the process of the windows"))
      // Others are attached and killed in the same way.
      for turn in 2...Self.kills {
        let viewer = try view()
        for red in 0..<10 { try show(frame, red: UInt8(truncatingIfNeeded: turn * 10 + red)) }
        // Before, while and after it opens its window.
        if turn % 3 != 0 { usleep(useconds_t(turn % 20) * 10_000) }
        kill(viewer.process.processIdentifier, SIGKILL)
        _ = viewer.finish()
        for red in 0..<10 { try show(frame, red: UInt8(truncatingIfNeeded: turn * 20 + red)) }
      }
      withExtendedLifetime(driver) {}
    }
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let inspection = try Program.run(["inspect", folder.path("d"), "--json"])
    #expect(
      inspection.output.contains("\"frameCount\" : \(50 + (Self.kills - 1) * 20),"), "\(inspection.output.prefix(2000))"
    )
  }

  @Test("may be stopped: the guest draws on, and the device ends in order")
  func stopped() throws {
    let running = try serve(["--dump", folder.path("d"), "--window"])
    let (driver, frame) = try startGuest(red: 1)
    let process = try viewer(of: running)
    try server.act(on: "scanout 0, 320x240", [])
    kill(process, SIGSTOP)
    for red in UInt8(2)...200 { try show(frame, red: red) }
    running.process.terminate()
    let outcome = running.finish()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(kill(process, 0) != 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("d/frames")).count == 200)
    withExtendedLifetime(driver) {}
  }

  @Test("end with a device that is killed")
  func orphaned() throws {
    let other = try serve(["--window"])
    let process = try viewer(of: other)
    kill(other.process.processIdentifier, SIGKILL)
    _ = other.finish()
    for _ in 0..<6000 where kill(process, 0) == 0 { usleep(10_000) }
    #expect(kill(process, 0) != 0)
  }

  @Test("show any back end that listens at a display socket")
  func displaySocket() throws {
    let listener = try UnixListener(path: folder.path("display"))
    let viewer = try Program.start(["view", "--display-socket", folder.path("display")], environment: environment)
    #expect(try listener.descriptor.wait(for: .readable, timeoutMilliseconds: 60_000))
    let socket = try #require(try listener.accept())
    let sink = try DisplaySocketSink(socket.descriptor)
    let source = DisplaySource(sink)
    let surface = try Surface(size: Size(width: 320, height: 240), format: .b8g8r8x8)
    surface.fill(Rectangle(surface.size), with: Color(red: 0, green: 200, blue: 0))
    try source.emit(.scanout(surface), on: 0, at: .zero)
    try source.emit(.damage(Rectangle(surface.size)), on: 0, at: .zero)
    try source.emit(.frame(1), on: 0, at: .zero)
    try waitForColor(200 << 8)
    try source.finish()
    #expect(viewer.finish().status == 0, "\(viewer.errors)")
  }

  @Test("that cannot be attached say why")
  func errors() throws {
    let nobody = try Program.run(["view", folder.path("none")], environment: environment)
    #expect(nobody.status == 74)
    #expect(nobody.errors.contains("no process listens at \(folder.path("none"))"), "\(nobody.errors)")
    let display = try Program.run(["view", "--display-socket", folder.path("none")], environment: environment)
    #expect(display.status == 74)
    #expect(display.errors.contains("nothing listens at \(folder.path("none"))"), "\(display.errors)")
    let running = try serve(["--discard"])
    let wrong = try Program.run(["view", folder.path("s")], environment: environment)
    #expect(wrong.status == 74)
    #expect(
      wrong.errors.contains("\(folder.path("s")) is not a control socket of scanout serve"), "\(wrong.errors)")
    let dark = try Program.run(["view", control])
    #expect(dark.status == 74)
    #expect(dark.errors.contains("no window can be opened"), "\(dark.errors)")
    running.process.terminate()
    #expect(running.finish().status == 0)
    #expect(try Program.run(["view"]).status == 64)
  }
}

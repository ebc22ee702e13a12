import CSDL2
import Display
import DisplayServers
import Foundation
import LinuxIO
import SDLDisplay
import Synchronization
import Testing

/// Each in a process of its own, because `DISPLAY` belongs to the whole process.
@Suite("Windows on a display server", .timeLimit(.minutes(5)))
struct DisplayServerTests {
  @Test("a real window shows the picture with its pointer", .enabled(if: Xvfb.isInstalled))
  func screenshot() async {
    await #expect(processExitsWith: .success) {
      let server = try Xvfb(Size(width: 400, height: 300))
      setEnvironment("DISPLAY", server.display)
      setEnvironment("SDL_VIDEODRIVER", nil)
      try await showWindow(on: server)
    }
  }

  @Test(
    "a user who drags a real window has its size asked for, while it is shown",
    .enabled(if: Xvfb.isInstalled && Xvfb.canActAsUser))
  func resize() async {
    await #expect(processExitsWith: .success) {
      let server = try Xvfb(Size(width: 800, height: 600))
      setEnvironment("DISPLAY", server.display)
      setEnvironment("SDL_VIDEODRIVER", nil)
      try await resizeWindow(on: server)
    }
  }

  @Test("a display server that hangs does not hold up the source", .enabled(if: Xvfb.isInstalled))
  func hanging() async {
    await #expect(processExitsWith: .success) {
      let server = try Xvfb(Size(width: 400, height: 300))
      setEnvironment("DISPLAY", server.display)
      setEnvironment("SDL_VIDEODRIVER", nil)
      try await feedWhileHanging(server)
    }
  }

  @Test("without a display the error says what is missing, and no window is thought possible")
  func none() async {
    await #expect(processExitsWith: .success) {
      for name in ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"] { setEnvironment(name, nil) }
      await expectNoDisplay("neither DISPLAY nor WAYLAND_DISPLAY names a display")
    }
  }

  @Test("a display that cannot be reached is named, with the driver that tried")
  func unreachable() async {
    await #expect(processExitsWith: .success) {
      for name in ["WAYLAND_DISPLAY", "SDL_VIDEODRIVER"] { setEnvironment(name, nil) }
      setEnvironment("DISPLAY", ":54321")
      await expectNoDisplay("x11", "DISPLAY=:54321", "SDL_VIDEODRIVER")
    }
  }

  @Test("drawing where nobody sees it works without a display, and counts as none")
  func unseen() async {
    await #expect(processExitsWith: .success) {
      for name in ["DISPLAY", "WAYLAND_DISPLAY"] { setEnvironment(name, nil) }
      setEnvironment("SDL_VIDEODRIVER", "offscreen")
      try await Task { @SDLActor in
        #expect(!SDLWindows.isDisplayAvailable())
        _ = try SDLWindows()
      }.value
    }
  }
}

@SDLActor
private func expectNoDisplay(_ parts: String...) {
  #expect(!SDLWindows.isDisplayAvailable())
  let error = #expect(throws: SDLError.self) { try SDLWindows() }
  for part in parts { #expect(error?.description.contains(part) == true) }
}

@SDLActor
private func showWindow(on server: Xvfb) throws {
  #expect(SDLWindows.isDisplayAvailable())
  let windows = try SDLWindows(.init(name: "test"))
  let surface = try Surface.plain(64, 48, blue)
  surface.fill(Rectangle(x: 0, y: 0, width: 32, height: 48), with: red)
  let pointer = try CursorImage(surface: .plain(8, 8, green), hotSpot: .zero)
  try windows.sink.receive(.scanout(surface), .cursor(pointer), .cursorMoved(Point(x: 40, y: 8)))
  var (x, y) = (Int32(0), Int32(0))
  let deadline = ContinuousClock.now + .seconds(60)
  while ContinuousClock.now < deadline {
    windows.handleEvents()
    try windows.draw()
    // Safe: SDL looks the window up and fills two locals.
    unsafe SDL_GetWindowPosition(SDL_GetWindowFromID(windows.windowID(of: 0) ?? 0), &x, &y)
    if try server.pixel(Int(x), Int(y)) == 0xFF0000 { break }
    SDL_Delay(10)
  }
  for (column, row, color) in [(0, 0, 0xFF0000), (31, 47, 0xFF0000), (32, 0, 0x0000FF), (63, 47, 0x0000FF)] {
    #expect(try server.pixel(Int(x) + column, Int(y) + row) == UInt32(color))
  }
  for (column, row, color) in [(40, 8, 0x00FF00), (47, 15, 0x00FF00), (39, 8, 0x0000FF), (48, 8, 0x0000FF)] {
    #expect(try server.pixel(Int(x) + column, Int(y) + row) == UInt32(color))
  }
}

@SDLActor
private func resizeWindow(on server: Xvfb) throws {
  let windows = try SDLWindows(.init(name: "resized"))
  let sink = windows.sink
  let wanted = DisplayRequest.resize(Size(width: 401, height: 299))
  windows.onRequest = { request, scanout in
    if scanout == 0, request == wanted { sink.stop() }
  }
  try sink.receive(.scanout(.plain(320, 240, blue)))
  let user = try NamedThread("user") {
    let sizes = [["windowsize", "300", "200"], ["windowsize", "350", "250"], ["windowsize", "401", "299"]]
    do {
      try server.act(on: "resized", Array(sizes.joined()))
    } catch {
      Issue.record(error)
    }
  }
  #expect(try windows.run() == .stopped)
  user.join()
}

@SDLActor
private func feedWhileHanging(_ server: Xvfb) throws {
  let windows = try SDLWindows()
  let sink = windows.sink
  let isHanging = DispatchSemaphore(value: 0)
  let seconds = Mutex<Double>(.infinity)
  let surface = try Surface.plain(64, 48, red)
  let source = try NamedThread("source") {
    isHanging.wait()
    let start = ContinuousClock.now
    for _ in 0..<200 {
      try? sink.receive(.damage(Rectangle(surface.size)))
      SDL_Delay(2)
    }
    let duration = ContinuousClock.now - start
    seconds.withLock { $0 = duration / .seconds(1) }
    server.resume()
    sink.stop()
  }
  try sink.receive(.scanout(surface))
  windows.handleEvents()
  try windows.draw()
  server.suspend()
  isHanging.signal()
  #expect(try windows.run() == .stopped)
  source.join()
  #expect(seconds.withLock { $0 } < 20)
}

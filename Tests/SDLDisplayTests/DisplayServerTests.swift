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
  @Test("a real window shows the image with its cursor", .enabled(if: Xvfb.isInstalled))
  func screenshot() async {
    await #expect(processExitsWith: .success) {
      let server = try Xvfb(Size(width: 400, height: 300))
      setEnvironment("DISPLAY", server.display)
      setEnvironment("SDL_VIDEODRIVER", nil)
      try await showWindow(on: server)
    }
  }

  @Test(
    "after a user dragged a real window, its size is requested, while it is shown",
    .enabled(if: Xvfb.isInstalled && Xvfb.canActAsUser))
  func resize() async {
    await #expect(processExitsWith: .success) {
      let server = try Xvfb(Size(width: 800, height: 600))
      setEnvironment("DISPLAY", server.display)
      setEnvironment("SDL_VIDEODRIVER", nil)
      try await resizeWindow(on: server)
    }
  }

  @Test("a display server that hangs does not delay the source", .enabled(if: Xvfb.isInstalled))
  func hanging() async {
    await #expect(processExitsWith: .success) {
      let server = try Xvfb(Size(width: 400, height: 300))
      setEnvironment("DISPLAY", server.display)
      setEnvironment("SDL_VIDEODRIVER", nil)
      try await feedWhileHanging(server)
    }
  }

  @Test("a window that is opened late shows the current state", .enabled(if: Xvfb.isInstalled))
  func late() async {
    await #expect(processExitsWith: .success) {
      let server = try Xvfb(Size(width: 400, height: 300))
      setEnvironment("DISPLAY", server.display)
      setEnvironment("SDL_VIDEODRIVER", nil)
      try await joinLate(on: server)
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

  @Test("drawing offscreen works without a display, and does not count as one")
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
  let cursor = try CursorImage(surface: .plain(8, 8, green), hotSpot: .zero)
  try windows.sink.receive(.scanout(surface), .cursor(cursor), .cursorMoved(Point(x: 40, y: 8)))
  let (x, y) = try draw(windows, until: 0xFF0000, on: server)
  for (column, row, color) in [(0, 0, 0xFF0000), (31, 47, 0xFF0000), (32, 0, 0x0000FF), (63, 47, 0x0000FF)] {
    #expect(try server.pixel(x + column, y + row) == UInt32(color))
  }
  for (column, row, color) in [(40, 8, 0x00FF00), (47, 15, 0x00FF00), (39, 8, 0x0000FF), (48, 8, 0x0000FF)] {
    #expect(try server.pixel(x + column, y + row) == UInt32(color))
  }
}

/// Draws until the first pixel of the first window has this colour on the server; returns where it is.
@SDLActor
private func draw(_ windows: SDLWindows, until color: UInt32, on server: Xvfb) throws -> (x: Int, y: Int) {
  var (x, y) = (Int32(0), Int32(0))
  let deadline = ContinuousClock.now + .seconds(60)
  while ContinuousClock.now < deadline {
    windows.handleEvents()
    try windows.draw()
    // Safe: SDL looks the window up and fills two locals.
    unsafe SDL_GetWindowPosition(SDL_GetWindowFromID(windows.windowID(of: 0) ?? 0), &x, &y)
    if try server.pixel(Int(x), Int(y)) == color { break }
    SDL_Delay(10)
  }
  return (Int(x), Int(y))
}

/// A display source on a thread of its own, which serves it until `isLast` is true of a request.
private final class RunningSource: Sendable {
  /// The mailbox of the source, once it has emitted what `start` does.
  let mailbox: SourceMailbox?
  private let thread: NamedThread

  init(
    start: @escaping @Sendable (DisplaySource) throws -> Void,
    until isLast: @escaping @Sendable (DisplayRequest) -> Bool, end: @escaping @Sendable () -> Void = {}
  ) throws {
    let started = BoundedQueue<SourceMailbox>(capacity: 1)
    thread = try NamedThread("source") {
      let wake = DispatchSemaphore(value: 0)
      let source = DisplaySource { wake.signal() }
      var isOver = false
      source.onRequest = { request, scanout in isOver = isOver || scanout == 0 && isLast(request) }
      do {
        try start(source)
        started.push(source.mailbox)
        while !isOver {
          wake.wait()
          try source.serve()
        }
      } catch {
        Issue.record(error)
        started.close()
      }
      end()
    }
    mailbox = started.pop()
  }

  func join() { thread.join() }
}

@SDLActor
private func joinLate(on server: Xvfb) throws {
  let end = DisplayRequest.resize(Size(width: 1, height: 1))
  let source = try RunningSource(
    start: { source in
      let surface = try Surface.plain(64, 48, red)
      try source.emit(.scanout(surface), on: 0, at: .zero)
      try source.emit(.damage(Rectangle(surface.size)), on: 0, at: .zero)
      try source.emit(.frame(1), on: 0, at: .zero)
      let cursor = try CursorImage(surface: .plain(8, 8, green), hotSpot: .zero)
      try source.emit(.cursor(cursor), on: 0, at: .zero)
      try source.emit(.cursorMoved(Point(x: 40, y: 8)), on: 0, at: .zero)
    }, until: { $0 == end })
  let mailbox = try #require(source.mailbox)
  let windows = try SDLWindows(.init(name: "late"))
  mailbox.add(windows.sink, named: "window", policy: .optional)
  let (x, y) = try draw(windows, until: 0xFF0000, on: server)
  #expect(try server.pixel(x + 40, y + 8) == 0x00FF00)
  #expect(try server.pixel(x + 39, y + 8) == 0xFF0000)
  mailbox.request(end, of: 0)
  source.join()
}

@SDLActor
private func resizeWindow(on server: Xvfb) throws {
  let windows = try SDLWindows(.init(name: "resized"))
  let sink = windows.sink
  let wanted = DisplayRequest.resize(Size(width: 401, height: 299))
  let source = try RunningSource(
    start: { source in
      try source.add(sink, named: "window", policy: .optional)
      try source.emit(.scanout(.plain(320, 240, blue)), on: 0, at: .zero)
    }, until: { $0 == wanted }, end: { sink.stop() })
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
  source.join()
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

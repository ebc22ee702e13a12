import CSDL2
import Display
import LinuxIO
import SDLDisplay
import Synchronization
import Testing

@Suite("Running windows", .serialized, .timeLimit(.minutes(5)))
@SDLActor struct RunTests {
  /// Runs windows while `source` feeds them from a thread of its own.
  private func run(
    _ windows: SDLWindows, source: @escaping @Sendable (WindowSink) throws -> Void
  ) throws -> SDLWindows.Ending {
    let sink = windows.sink
    let thread = try NamedThread("source") {
      do { try source(sink) } catch { Issue.record(error) }
    }
    defer { thread.join() }
    return try windows.run()
  }

  @Test("when the source ends, the last frame is drawn and the windows close")
  func finished() throws {
    let windows = try SDLWindows.invisible()
    let ending = try run(windows) { sink in
      try sink.receive(.scanout(.plain(8, 8, red)))
      sink.finish()
    }
    #expect(ending == .finished)
    #expect(windows.presentations >= 1)
    #expect(windows.windowID(of: 0) == nil)
  }

  @Test("a source that ends without a frame ends the run, even when windows would stay open")
  func nothing() throws {
    let windows = try SDLWindows.invisible(whenFinished: .stayOpen)
    #expect(try run(windows) { $0.finish() } == .finished)
    #expect(windows.presentations == 0)
  }

  @Test("windows that stay open when the source ended close by their users")
  func stayOpen() throws {
    let windows = try SDLWindows.invisible(whenFinished: .stayOpen)
    let ending = try run(windows) { sink in
      try sink.receive(.scanout(.plain(8, 8, red)))
      sink.finish()
      // The window opens at some time from now on. It is invisible, so only the sink wakes the thread to look at events.
      while (try? sink.receive(.scanout(.plain(8, 8, red)))) != nil {
        Self.closeAll()
        SDL_Delay(1)
      }
    }
    #expect(ending == .closed)
  }

  @Test("stopping ends the run from any thread, with or without windows", arguments: [true, false])
  func stop(hasImage: Bool) throws {
    let ending = try run(SDLWindows.invisible()) { sink in
      if hasImage { try sink.receive(.scanout(.plain(8, 8, red))) }
      sink.stop()
      sink.stop()
    }
    #expect(ending == .stopped)
  }

  @Test("a request to quit closes the windows, and the source is told")
  func quit() throws {
    let error = Mutex<(any Error)?>(nil)
    let ending = try run(SDLWindows.invisible()) { sink in
      Self.push(SDL_QUIT)
      do {
        while true {
          try sink.receive(.scanout(.plain(8, 8, red)))
          SDL_Delay(1)
        }
      } catch let caught {
        error.withLock { $0 = caught }
      }
    }
    #expect(ending == .closed)
    #expect(error.withLock { $0 } is WindowsClosed)
  }

  @Test("after the run the sink takes nothing, and neither finishing nor stopping it is an error")
  func afterwards() throws {
    let windows = try SDLWindows.invisible()
    let sink = windows.sink
    _ = try run(windows) { $0.stop() }
    #expect(throws: WindowsClosed.self) { try sink.receive(.scanout(nil)) }
    sink.finish()
    sink.stop()
  }

  @Test("a sink outlives its windows")
  func outlives() throws {
    let sink = try SDLWindows.invisible().sink
    #expect(throws: WindowsClosed.self) { try sink.receive(.scanout(nil)) }
    sink.stop()
  }

  @Test("a source faster than the display is drawn no more often than the display shows frames")
  func paced() throws {
    let windows = try SDLWindows.invisible()
    let events = 20000
    let milliseconds = Mutex<UInt64>(0)
    let ending = try run(windows) { sink in
      let surface = try Surface.plain(8, 8, red)
      let start = SDL_GetTicks64()
      try sink.receive(.scanout(surface))
      for _ in 0..<events { try sink.receive(.damage(Rectangle(surface.size))) }
      milliseconds.withLock { $0 = SDL_GetTicks64() - start }
      sink.finish()
    }
    #expect(ending == .finished)
    // The first, the last, and one for each interval of at least 10 ms between them.
    #expect(windows.presentations <= 3 + milliseconds.withLock { $0 } / 10)
  }

  /// Asks every window that may exist to close.
  private nonisolated static func closeAll() {
    for id in UInt32(1)...8 {
      // Safe: a structure of numbers is filled, and SDL copies it.
      var event = unsafe SDL_Event()
      unsafe event.window.type = SDL_WINDOWEVENT.rawValue
      unsafe event.window.windowID = id
      unsafe event.window.event = UInt8(SDL_WINDOWEVENT_CLOSE.rawValue)
      unsafe SDL_PushEvent(&event)
    }
  }

  private nonisolated static func push(_ kind: SDL_EventType) {
    // Safe: a number is stored in a structure of numbers, which SDL copies.
    var event = unsafe SDL_Event()
    unsafe event.type = kind.rawValue
    unsafe SDL_PushEvent(&event)
  }
}

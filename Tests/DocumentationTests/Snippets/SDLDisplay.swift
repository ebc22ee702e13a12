import Display
import SDLDisplay

/// The example of `SDLDisplay`.
private func showWindows(_ source: DisplaySource) throws {
  // page SDLDisplay
  let windows = try SDLWindows(.init(name: "demo", whenFinished: .stayOpen))
  // The source may run already: a sink that joins late gets the current state first. Any thread may add it.
  source.mailbox.add(windows.sink, named: "window", policy: .optional)
  switch try windows.run() {
  case .closed: print("the user closed the last window")
  case .finished, .stopped: break
  case .displayLost: print("the display is gone")
  }
  // end
}

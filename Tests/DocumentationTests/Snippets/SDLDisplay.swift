import Foundation
import FrameDump
import SDLDisplay

/// The example of `SDLDisplay`.
private func showWindows(_ source: ReplaySource) throws {
  // page SDLDisplay
  let windows = try SDLWindows(.init(name: "demo", whenFinished: .stayOpen))
  let sink = windows.sink
  let device = Thread { _ = try? source.play(into: sink) }
  device.start()
  switch try windows.run() {
  case .closed: print("the user closed the last window")
  case .finished, .stopped: break
  case .displayLost: print("the display is gone")
  }
  // end
}

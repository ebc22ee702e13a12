import ArgumentParser
import Display
import VirtioGPU

/// Size of an image on the command line: `1920x1080`.
struct ImageSize: ExpressibleByArgument {
  let size: Size

  init(_ size: Size) {
    self.size = size
  }

  init?(argument: String) {
    guard let mode = DisplayMode(argument), mode.refreshMillihertz == nil else { return nil }
    size = mode.size
  }
}

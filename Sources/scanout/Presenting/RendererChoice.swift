import ArgumentParser
import LinuxIO
import Logging
import VirglRendering
import VirtioGPU

/// Renderer of the device, as it is written on the command line.
enum RendererChoice: String, CaseIterable, ExpressibleByArgument {
  /// None: the guest draws for itself.
  case flat = "2d"
  /// OpenGL, by virglrenderer.
  case virgl
  /// OpenGL, and Vulkan in processes of its own.
  case venus

  /// Starts the renderer on a thread of its own, where each of its calls has a time limit; nil for 2D.
  func makeThread(_ options: DeviceOptions, log: Logger) throws -> RendererThread? {
    guard self != .flat else { return nil }
    let virgl = VirglOptions(renderNode: options.renderNode, venus: self == .venus, memory: options.maxMemory.bytes)
    return try RendererThread(virgl, timeLimit: .seconds(options.maxDrawing)) { log.debug("\($0)") }
  }

  /// Makes the renderer on this thread, where each of its calls has a time limit; nil for 2D.
  func makeWatched(_ options: DeviceOptions, log: Logger) throws -> (any BlockingRenderer)? {
    guard self != .flat else { return nil }
    let virgl = VirglOptions(renderNode: options.renderNode, venus: self == .venus, memory: options.maxMemory.bytes)
    let renderer = try VirglRenderer(virgl) { log.debug("\($0)") }
    return WatchedRenderer(renderer, by: try Watchdog(patience: options.maxDrawing))
  }

  /// True when this machine has the renderer. It is started and ended to find out.
  func isAvailable(_ options: DeviceOptions, log: Logger) -> Bool {
    (try? makeThread(options, log: log)) != nil
  }

  /// This choice, or the next best one that this machine has, with a warning: a guest without its renderer shows more
  /// than a command that fails. The renderer is started and ended to find out.
  func settled(_ options: DeviceOptions, log: Logger) -> RendererChoice {
    do {
      _ = try makeThread(options, log: log)
      return self
    } catch {
      let rest: RendererChoice = self == .venus ? .virgl : .flat
      log.warning("there is no \(rawValue) here, so the guest gets \(rest.rawValue): \(error)")
      return rest.settled(options, log: log)
    }
  }
}

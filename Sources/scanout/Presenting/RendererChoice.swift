import ArgumentParser
import LinuxIO
import Logging
import VirglRendering
import VirtioGPU

/// Who draws for the guest, as it is written on the command line.
enum RendererChoice: String, CaseIterable, ExpressibleByArgument {
  /// Nobody: the guest draws for itself.
  case flat = "2d"
  /// OpenGL, by virglrenderer.
  case virgl
  /// OpenGL, and Vulkan in processes of its own.
  case venus

  /// The renderer, to be used on this thread, each of whose calls has its time; nil for none.
  func makeWatched(_ options: DeviceOptions, log: Logger) throws -> (any BlockingRenderer)? {
    guard let renderer = try make(options, log: log) else { return nil }
    return WatchedRenderer(renderer, by: try Watchdog(patience: options.maxDrawing))
  }

  private func make(_ options: DeviceOptions, log: Logger) throws(VirglError) -> VirglRenderer? {
    guard self != .flat else { return nil }
    let virgl = VirglOptions(renderNode: options.renderNode, venus: self == .venus, memory: options.maxMemory.bytes)
    return try VirglRenderer(virgl) { log.debug("\($0)") }
  }

  /// True when this machine has it. A renderer is made and dropped to find out.
  func isAvailable(_ options: DeviceOptions, log: Logger) -> Bool {
    (try? make(options, log: log)) != nil
  }

  /// This choice, or what this machine can do instead, with a word in the log: whoever wants to see what a guest shows
  /// is better off with less than with nothing. A renderer is made and dropped to find out.
  func settled(_ options: DeviceOptions, log: Logger) -> RendererChoice {
    do {
      _ = try make(options, log: log)
      return self
    } catch {
      let rest: RendererChoice = self == .venus ? .virgl : .flat
      log.warning("there is no \(rawValue) here, so the guest gets \(rest.rawValue): \(error)")
      return rest.settled(options, log: log)
    }
  }
}

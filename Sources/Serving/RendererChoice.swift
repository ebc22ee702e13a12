internal import LinuxIO
public import Logging
internal import VirglRendering
internal import VirtioGPU

/// Renderer of the device.
public enum RendererChoice: String, CaseIterable, Sendable {
  /// None: the guest draws for itself.
  case flat = "2d"
  /// OpenGL, by virglrenderer.
  case virgl
  /// OpenGL, and Vulkan in processes of its own.
  case venus

  /// Starts the renderer on a thread of its own, where each of its calls has a time limit; nil for 2D.
  func makeThread(_ options: DeviceConfiguration, log: Logger) throws -> RendererThread? {
    guard self != .flat else { return nil }
    let virgl = VirglOptions(renderNode: options.renderNode, venus: self == .venus, memory: options.quota.resourceBytes)
    return try RendererThread(virgl, timeLimit: .seconds(options.maxDrawing)) { log.debug("\($0)") }
  }

  /// True when this machine has the renderer. It is started and ended to find out.
  public func isAvailable(_ options: DeviceConfiguration, log: Logger) -> Bool {
    (try? makeThread(options, log: log)) != nil
  }

  /// This choice, or the next best one that this machine has: a guest without its renderer shows more than a command that
  /// fails. The renderer is started and ended to find out.
  public func settled(_ options: DeviceConfiguration, log: Logger) -> RendererChoice {
    start(options, log: log).choice
  }

  /// Starts the renderer of this choice, or of the next best one that this machine has, with a warning in the log.
  func start(_ options: DeviceConfiguration, log: Logger) -> (choice: RendererChoice, renderer: RendererThread?) {
    do {
      return (self, try makeThread(options, log: log))
    } catch {
      let rest: RendererChoice = self == .venus ? .virgl : .flat
      log.warning("there is no \(rawValue) here, so the guest gets \(rest.rawValue): \(error)")
      return rest.start(options, log: log)
    }
  }
}
